with

denied as (

    select
        coalesce(list('"' || lower(field) || '":' order by lower(field)), []) as keys,
        '"(?i:'
        || string_agg(regexp_escape(field), '|' order by field)
        || ')":' as pattern
    from {{ ref('denied_fields') }}

),

attributes as (

    select
        audits_parsed.audit_id,
        audits_parsed.audit_action,
        {{ with_plain_keys('audits_parsed.document::varchar') }} as document_text,
        denied.keys as denied_keys,
        denied.pattern as denied_pattern,
        {{ attribute_pairs('audits_parsed.document') }} as pairs

    from {{ ref('int_audits_parsed') }} as audits_parsed

    cross join denied

),

denied_fields_found as (

    select
        audit_id,
        audit_action,
        denied_pattern,
        pairs,
        list_filter(denied_keys, lambda key: contains(document_text, key))
            as denied_keys_found

    from attributes

),

-- A denied field goes at any depth; what holds one that is no scalar, or one whose name
-- is in disguise, goes as a whole.
allowed as (

    select
        audit_id,
        audit_action,
        list_transform(denied_keys_found, lambda key: key[2:-3]) as denied_field_names,
        case
            when len(denied_keys_found) = 0 then pairs
            else {{ without_denied_fields(
                'pairs', 'denied_pattern', 'denied_keys_found'
            ) }}
        end as pairs

    from denied_fields_found

),

changes_paired as (

    select
        audit_id,

        {{ with_old_and_new('pairs', 'audit_action') }} as changes,
        denied_field_names

    from allowed

)

select * from changes_paired
