{{ config(materialized='table') }}

with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

person_candidates as (

    select * from {{ ref('int_person_candidates') }}

),

person_links as (

    select * from {{ ref('int_person_links') }}

),

-- Of several links open at the audit's time the earliest counts.
link_candidates as (

    select
        audits.audit_id,
        min_by(
            person_links.crm_person_id,
            struct_pack(
                linked_at := person_links.linked_at,
                link_audit_id := person_links.link_audit_id
            )
        ) as crm_person_id

    from audits

    inner join person_candidates
        on audits.audit_id = person_candidates.audit_id

    inner join person_links
        on
            audits.auditable_type = person_links.linked_type
            and audits.auditable_id = person_links.linked_id
            and audits.created_at >= person_links.linked_at
            and (
                person_links.unlinked_at is null
                or audits.created_at < person_links.unlinked_at
            )

    where person_candidates.crm_person_id is null

    group by audits.audit_id

)

select * from link_candidates
