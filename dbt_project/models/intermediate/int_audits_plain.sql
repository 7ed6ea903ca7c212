with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

-- From here on null is no text to read in SQL.
scalars_written as (

    select
        *,
        case
            when regexp_matches(audited_changes, '[\x01-\x08]') then null
            when not contains(audited_changes, '!ruby/object:') then audited_changes
            when {{ has_anchored_zones('audited_changes') }}
                then {{ with_plain_decimals(with_plain_times('audited_changes')) }}
        end as yaml_text

    from audits

),

gated as (

    select
        *,
        case when {{ is_plain_json('audited_changes') }} then audited_changes end
            as json_text,
        case
            when {{ is_plain_document('yaml_text') }}
                then substr(yaml_text, strpos(yaml_text, chr(10)))
        end as plain_text

    from scalars_written

),

strings_written as (

    select *, {{ with_json_strings('plain_text') }} as strings_text from gated

),

items_joined as (

    select *, {{ with_joined_items('strings_text') }} as lines_text from strings_written

),

documents as (

    select
        *,
        coalesce(json_text, {{ as_json_object('lines_text') }})::json as document

    from items_joined

),

-- Of a repeated key only the last would count: the parser knows.
audits_plain as (

    select
        audit_id,

        audit_action,
        audited_changes,

        case
            when len(json_keys(document)) = list_unique(json_keys(document))
                then document
        end as plain_document

    from documents

)

select * from audits_plain
