"""Long texts land beside their rows, and stay equal to their source (rule: long texts)."""

import duckdb
import pyarrow as pa
import pytest

from ingest.shared.crm_columns import IN_ROW_BYTES
from ingest.shared.long_texts import PIECE_BYTES, PIECES, whole_texts
from tests.places.crm_sources import Sources

EDGE = IN_ROW_BYTES["audited_changes"]
LONG = "update audits set audited_changes = %s, comment = %s where id = %s"


def body(size: int) -> str:
    """A text of about so many bytes."""
    return f"---\nbody: {'é' * (size // 2)}\n"


def whole(sources: Sources, audit_id: int) -> dict[str, str]:
    """The long texts of a staged audit."""
    rows = sources.staged(f"from raw_crm.long_texts where audit_id = {audit_id}")
    columns = dict(zip(PIECES.names, zip(*rows, strict=True), strict=True))
    found = whole_texts(pa.table(columns, schema=PIECES))
    return {place: content.decode() for place, content in found[audit_id].items()}


def test_a_long_text_lands_in_pieces(sources: Sources) -> None:
    """Of whatever letters; PostgreSQL and DuckDB agree on rows and stand-ins."""
    text, comment = body(3 * PIECE_BYTES + 5), "ü" * 2_000
    sources.crm(LONG, (text, comment, 7))
    assert "(0 late, 0 changed, 0 gone" in sources.extract().stdout
    assert whole(sources, 7) == {"audited_changes": text, "comment": comment}
    assert sources.staged(
        "select length(audited_changes) < 100 and length(comment) < 100 from raw_crm.audits "
        "where id = 7"
    ) == [(True,)]
    assert "(0 late, 0 changed, 0 gone" in sources.extract().stdout


@pytest.mark.parametrize(("size", "count"), [(EDGE, 0), (EDGE + 1, 1)], ids=["last", "first"])
def test_the_limit_counts_bytes(sources: Sources, size: int, count: int) -> None:
    """On both sides, so that a text is never long for one of them alone."""
    text = "--- " + "é" * (EDGE // 2 - 2) + "x" * (size - EDGE)
    assert len(text.encode()) == size
    sources.crm(LONG, (text, None, 7))
    assert "(0 late, 0 changed, 0 gone" in sources.extract().stdout
    assert sources.staged("select count(distinct audit_id) from raw_crm.long_texts") == [(count,)]
    assert sources.staged(
        "select value::varchar from raw_crm.audit_changes where audit_id = 7"
    ) != [(None,)]


def test_a_long_text_that_changed_in_place_is_found(sources: Sources) -> None:
    """One letter of many: the staged text and its value are replaced."""
    old = body(100_000)
    new = old.replace("é\n", "e\n")
    sources.crm(LONG, (old, old, 7))
    sources.extract()
    sources.crm(LONG, (new, old, 7))
    assert "(0 late, 1 changed, 0 gone" in sources.extract().stdout
    assert whole(sources, 7) == {"audited_changes": new, "comment": old}
    [(values,)] = sources.staged("select count(distinct place) from raw_crm.long_values")
    assert values == 1


def test_a_long_text_that_became_short_leaves_nothing(sources: Sources) -> None:
    """Neither its pieces nor its values."""
    sources.crm(LONG, (body(100_000), "x" * 5_000, 7))
    sources.extract()
    sources.crm(LONG, ("---\nname: short\n", " ", 7))
    sources.extract()
    for table in ("long_texts", "long_values", "long_comments"):
        assert sources.staged(f"select count(*) from raw_crm.{table}") == [(0,)]  # noqa: S608


def test_texts_whose_rows_did_not_land_are_forgotten(sources: Sources) -> None:
    """A process that was killed between the two leaves texts that would stand there twice."""
    sources.extract()
    with duckdb.connect(sources.var_dir / "demo-small" / "staging.duckdb") as connection:
        connection.execute(
            "insert into raw_crm.long_texts values (301, 'audited_changes', 0, 1, 'x'::blob)"
        )
    sources.add_audits(301, 303)
    text = body(20_000)
    sources.crm(LONG, (text, None, 301))
    sources.extract()
    assert whole(sources, 301) == {"audited_changes": text}


def test_a_staged_text_that_was_spoilt_is_not_read(sources: Sources) -> None:
    """One line says which it is; nothing wrong goes on."""
    sources.crm(LONG, (body(100_000), None, 7))
    sources.extract()
    with duckdb.connect(sources.var_dir / "demo-small" / "staging.duckdb") as connection:
        connection.execute("""update raw_crm.long_texts set piece = 'x'::blob where "number" = 2""")
        connection.execute("delete from raw_crm.audit_changes where audit_id = 7")
    done = sources.extract()
    assert done.returncode == 1
    assert "the staged audited_changes of audit 7 is not whole" in done.stderr
    assert "Traceback" not in done.stderr
