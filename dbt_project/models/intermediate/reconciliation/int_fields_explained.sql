with

-- What a field tells of; that a mapped value is another one can have two causes.
kinds (kind, fields) as (

    values
    ('actor', 'user_id|actor([.].*)?'),
    ('contact', 'customer_id|metadata[.](crm_person_id|contact_source)'),
    ('mapping', 'category|action'),
    ('reading', 'metadata[.]parser'),
    ('identity', 'metadata[.]crm_audit_id'),
    ('source', 'changes|created_at')

),

-- What else a document carries is a column of its source, a new one too.
fields as (

    select
        stored.external_id,
        differences.field,
        case
            when kinds.kind is not null then kinds.kind
            when list_contains(
                (
                    select json_keys(to_json(logs.metadata))
                    from {{ ref('activity_logs') }} as logs
                    order by logs.audit_id
                    limit 1
                ),
                regexp_extract(differences.field, '^metadata[.](.*)$', 1)
            ) then 'source'
        end as kind,
        coalesce(jobs.is_same_mapping, false) as is_same_mapping,
        coalesce(jobs.is_same_reader, false) as is_same_reader,
        coalesce(jobs.is_same_rules, false) as is_same_rules,
        coalesce(jobs.is_same_naming, false) as is_same_naming

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
            when
                kind = 'contact' and not is_same_naming
                and bool_or(field = 'metadata.crm_person_id')
                    over (partition by external_id)
                then 'mapping'
            when kind in ('actor', 'contact') then kind
            when field = 'changes' and not is_same_reader then 'rules'
            when kind = 'source' then 'source'
            when kind = 'mapping' and not is_same_mapping then 'mapping'
            when
                kind in ('mapping', 'reading')
                and bool_or(kind = 'source') over (partition by external_id)
                then 'source'
            when not is_same_rules then 'rules'
        end as cause

    from fields

)

select * from fields_explained
