"""``python -m loaders``: the commands as child processes of a run, a worker or a test run them."""

from loaders.commands.entrance import main_of_child

if __name__ == "__main__":
    main_of_child()
