"""How the pages call what an account's last job has come to (rule: pages)."""

from loaders.app.pages.filters import STATES
from loaders.jobs.job_changes import JobDocument
from loaders.jobs.job_document import ACTIVE


class JobState:
    """What is said of the last job; its class has it as `job`, empty or none where there was none."""

    __slots__ = ()

    job: JobDocument | None

    @property
    def status(self) -> str:
        """Status of the last job."""
        return str((self.job or {}).get("status", "not_started"))

    @property
    def state(self) -> tuple[str, str]:
        """The status in words, and its tone."""
        return STATES.get(self.status, (self.status, "calm"))

    @property
    def is_active(self) -> bool:
        """Whether something goes on that is worth asking for again."""
        return self.status in ACTIVE
