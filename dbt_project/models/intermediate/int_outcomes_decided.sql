with

reasons as (

    select
        audits.audit_id,
        categories.category,
        categories.action,
        contacts.contact_id,
        contacts.crm_person_id,
        contacts.contact_source,
        contacts.is_resolvable_by_link,
        parsed.parser,
        parsed.parse_error,
        case
            when contacts.is_erased then 'erased'
            when categories.action is null then 'unmapped_action_type'
            when {{ is_invalid_created_at('audits.created_at') }}
                then 'invalid_created_at'
            when audits.has_invalid_text or parsed.parse_error = 'the text is not UTF-8'
                then 'invalid_text'
            when parsed.parse_error is not null then 'unparseable_changes'
            when
                audits.audit_action = 'update'
                and len(paired.changes) = 0
                and trim(coalesce(audits.long_comment, audits.comment, ''), e' \t\r\n')
                = ''
                then 'no_changes'
            when contacts.crm_person_id is null then 'no_contact'
            when contacts.is_ambiguous then 'ambiguous_contact'
            when contacts.contact_id is null then 'contact_not_found'
        end as reason

    from {{ ref('stg_crm__audits') }} as audits

    inner join {{ ref('int_audits_parsed') }} as parsed
        on audits.audit_id = parsed.audit_id

    inner join {{ ref('int_changes_paired') }} as paired
        on audits.audit_id = paired.audit_id

    inner join {{ ref('int_contacts_resolved') }} as contacts
        on audits.audit_id = contacts.audit_id

    inner join {{ ref('int_categories_decided') }} as categories
        on audits.audit_id = categories.audit_id

),

outcomes_decided as (

    select
        audit_id,
        contact_id,
        crm_person_id,
        category,
        action,
        contact_source,
        parser,
        case
            when reason is null then 'ready'
            when reason in ('invalid_created_at', 'invalid_text') then 'failed'
            when reason in ('unparseable_changes', 'ambiguous_contact') then 'failed'
            else 'skipped'
        end as outcome,
        reason,
        case
            when reason = 'unparseable_changes' then parse_error
            when reason in ('contact_not_found', 'ambiguous_contact')
                then 'crm person ' || crm_person_id
        end as reason_detail,

        coalesce(reason = 'no_contact', false) and is_resolvable_by_link
            as is_resolvable_by_link

    from reasons

)

select * from outcomes_decided
