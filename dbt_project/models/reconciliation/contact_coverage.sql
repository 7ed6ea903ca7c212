with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

contacts_matched as (

    select * from {{ ref('int_contacts_matched') }}

),

persons as (

    select distinct crm_person_id
    from audit_outcomes
    where crm_person_id is not null

),

found as (

    select
        count(persons.crm_person_id) as person_count,
        count(contacts_matched.contact_id) filter (
            where contacts_matched.found_by = 'source_id'
        ) as found_by_source_id_count,
        count(contacts_matched.contact_id) filter (
            where contacts_matched.found_by = 'id_map'
        ) as found_by_id_map_count,
        count(*) filter (where contacts_matched.is_ambiguous) as ambiguous_count,
        count(*) filter (where contacts_matched.crm_person_id is null) as missing_count

    from persons

    left join contacts_matched
        on persons.crm_person_id = contacts_matched.crm_person_id

),

contact_coverage as (

    select
        accounts.company_sso_id,

        found.person_count,
        found.found_by_source_id_count,
        found.found_by_id_map_count,
        found.ambiguous_count,
        found.missing_count,
        round(
            100 * (found.found_by_source_id_count + found.found_by_id_map_count)
            / nullif(found.person_count, 0),
            4
        ) as coverage_pct

    from found

    cross join {{ ref('int_accounts_current') }} as accounts

)

select * from contact_coverage
