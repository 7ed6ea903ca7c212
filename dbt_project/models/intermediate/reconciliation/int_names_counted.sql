with

audit_counts as (

    select * from {{ ref('stg_crm__audit_counts') }}

),

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

names as (

    select
        unnest(['record', 'person']) as place,
        null as owner,
        auditable_type as name,
        audit_count
    from audit_counts

    union all

    select
        'person' as place,
        null as owner,
        associated_type as name,
        1 as audit_count
    from audits

    union all

    select
        'user' as place,
        null as owner,
        crm_user_type as name,
        1 as audit_count
    from audits

    union all

    select
        'key' as place,
        null as owner,
        person_key as name,
        1 as audit_count
    from {{ ref('int_persons_named') }}

    union all

    select
        'attribute' as place,
        auditable_type as owner,
        attribute as name,
        audit_count
    from {{ ref('int_attributes_counted') }}

),

names_counted as (

    select
        place,
        owner,
        name,

        sum(audit_count)::bigint as audit_count

    from names

    where name is not null

    group by place, owner, name

)

select * from names_counted
