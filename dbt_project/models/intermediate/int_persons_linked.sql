with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

persons_named as (

    select * from {{ ref('int_persons_named') }}

),

links_dated as (

    select * from {{ ref('int_links_dated') }}

),

-- Of several links open at the audit's time the earliest counts.
persons_linked as (

    select
        audits.audit_id,
        min_by(
            links_dated.crm_person_id,
            struct_pack(
                linked_at := links_dated.linked_at,
                link_audit_id := links_dated.link_audit_id
            )
        ) as crm_person_id

    from audits

    inner join persons_named
        on audits.audit_id = persons_named.audit_id

    inner join links_dated
        on
            audits.auditable_type = links_dated.linked_type
            and audits.auditable_id = links_dated.linked_id
            and audits.created_at >= links_dated.linked_at
            and (
                links_dated.unlinked_at is null
                or audits.created_at < links_dated.unlinked_at
            )

    where persons_named.crm_person_id is null

    group by audits.audit_id

)

select * from persons_linked
