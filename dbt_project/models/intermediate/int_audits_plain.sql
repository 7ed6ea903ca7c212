with

-- Null is no text to read in SQL. Each step is a column: within a case DuckDB would
-- write a text anew wherever the next macro names it.
times_written as (

    select *, {{ with_plain_times('audited_changes') }} as times_text
    from {{ ref('stg_crm__audits') }}

),

decimals_written as (

    select *, {{ with_plain_decimals('times_text') }} as yaml_text from times_written

),

gated as (

    select
        *,
        {{ plain_json('audited_changes') }} as json_text,
        {{ plain_members('yaml_text') }} as plain_text

    from decimals_written

),

strings_written as (

    select *, {{ with_json_strings(with_null_members('plain_text')) }} as strings_text
    from gated

),

lines_joined as (

    select *, {{ with_joined_lines(with_characters('strings_text')) }} as lines_text
    from strings_written

),

maps_written as (

    select *, {{ with_maps('lines_text') }} as maps_text from lines_joined

),

documents as (

    select
        *,
        coalesce(json_text, {{ as_json_object('maps_text') }})::json as document

    from maps_written

),

-- Of a repeated key only the last would count: the parser knows.
audits_plain as (

    select
        audit_id,

        audit_action,
        audited_changes,

        case when {{ has_single_keys('document', 'lines_text') }} then document end
            as plain_document

    from documents

)

select * from audits_plain
