with

judged as (

    select * from {{ ref('int_logs_judged') }}

),

-- What explains a document of which the rules make none today.
unmade as (

    select
        judged.external_id,
        case
            when outcomes.reason = 'unmapped_action_type' then 'action'
            when outcomes.reason = 'invalid_created_at' then 'created_at'
            when
                outcomes.reason in
                ('no_changes', 'unparseable_changes', 'invalid_text') then 'changes'
            else 'customer_id'
        end as moved_field,
        case
            when moved_field = 'action' then 'mapping'
            when outcomes.reason = 'no_contact' and not judged.is_same_naming
                then 'mapping'
            when moved_field = 'customer_id' then 'contact'
            else 'source'
        end as cause

    from judged

    inner join {{ ref('audit_outcomes') }} as outcomes
        on judged.audit_id = outcomes.audit_id

    left join {{ ref('stg_readback__denied_fields') }} as denied
        on judged.external_id = denied.external_id and outcomes.reason = 'no_changes'

    where outcomes.outcome <> 'ready' and denied.external_id is null

),

causes as (

    select * from {{ ref('int_fields_explained') }}

    union all

    select
        external_id,
        'changes.' || field as field,
        'denied' as cause
    from {{ ref('stg_readback__denied_fields') }}

    union all

    select * from unmade

),

drift as (

    select
        judged.audit_id,
        judged.external_id,

        causes.field,
        causes.cause

    from judged

    inner join causes
        on judged.external_id = causes.external_id

    where
        judged.standing = 'drifted'
        or (judged.standing = 'kept' and causes.cause = 'denied')

)

select * from drift
