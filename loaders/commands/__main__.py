"""``python -m loaders.commands`` is ``crm-migrate``."""

from loaders.commands.entrance import main

if __name__ == "__main__":
    main()
