"""The names and texts of the simulated accounts: some are what YAML and JSON stumble over."""

NAMES = ("Ayu", "Budi", "Citra", "Dewi", "Eko", "Siân", "José", "O'Neil", "Zoë", "Nguyễn", "Wahyu")
FAMILIES = ("Santoso", "Lim", "Müller", "Wijaya", "Tan", "van der Berg", "Nasution", "Lubis")
CITIES = ("Bandung", "Jakarta", "Surabaya", "Medan", "Denpasar")
ZONES = ("Asia/Jakarta", "Etc/UTC", "America/New_York")
TAGS = ("vip", "cold", "prospek", "lama", "12:00", "On")
SOURCES = ("web", "walk-in", "referral", "yes", "0123", "import: 2021")
USERNAMES = ("system", "Sidekiq", "import:contacts.csv", "console-bob")
TEXTS = (
    "Called, wants a new offer",
    "Meeting moved to 2021-05-01 # confirmed",
    "Harga terlalu mahal: diskon 10%?",
    "Thanks \U0001f64f",
    "first line\nsecond line\n\n- item",
    "1:30",
    "",
)
BAD_YAML = (
    "---\nname: [unclosed\n",
    "---\n- a\nb: c\n",
    "--- &1\nself: *2\n",
    "---\n\tname: tab\n",
)
