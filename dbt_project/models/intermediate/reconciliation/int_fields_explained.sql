with

-- What a field tells of; that a mapped value is another one can have two causes.
kinds (kind, fields) as (

    values
    ('actor', 'user_id|actor([.].*)?'),
    ('contact', 'customer_id|metadata[.](crm_person_id|contact_source)'),
    ('mapping', 'category|action'),
    ('reading', 'metadata[.]parser'),
    ('source', 'changes|created_at|metadata[.](version|comment|audit_action)'),
    ('source', 'metadata[.](remote_address|request_uuid)'),
    ('source', 'metadata[.](auditable|associated)_(type|id)')

),

fields as (

    select
        stored.external_id,

        differences.field,
        kinds.kind,

        coalesce(jobs.is_same_mapping, false) as is_same_mapping,
        coalesce(jobs.is_same_reader, false) as is_same_reader,
        coalesce(jobs.is_same_rules, false) as is_same_rules,
        bool_or(kinds.kind = 'source') over (partition by stored.external_id)
            as is_changed_at_source

    from {{ ref('stg_readback__field_differences') }} as differences

    inner join {{ ref('stg_readback__activity_logs') }} as stored
        on differences.external_id = stored.external_id

    left join {{ ref('stg_readback__jobs') }} as jobs
        on stored.job_id = jobs.job_id

    left join kinds
        on regexp_full_match(differences.field, kinds.fields)

    where stored.actual_hash = stored.stored_hash

),

fields_explained as (

    select
        external_id,

        field,
        case
            when kind in ('actor', 'contact') then kind
            when field = 'changes' and not is_same_reader then 'rules'
            when kind = 'source' then 'source'
            when kind = 'mapping' and not is_same_mapping then 'mapping'
            when kind in ('mapping', 'reading') and is_changed_at_source then 'source'
            when not is_same_rules then 'rules'
        end as cause

    from fields

)

select * from fields_explained
