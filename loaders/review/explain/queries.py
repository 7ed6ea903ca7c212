"""What the warehouse is asked about one audit, by its id.

The rules are the models'; here they are only looked up and put into words.
"""

# A text that holds the name of a denied field is not shown, even where it cannot be read.
STAGED = """
with audits as (
    select audits.*, len(coalesce(paired.denied_field_names, [])) > 0 or exists (
        select 1 from seeds.denied_fields
        where contains(lower(audits.audited_changes::varchar), lower(denied_fields.field))
    ) as has_denied_fields
    from stg.stg_crm__audits as audits
    left join intermediate.int_changes_paired as paired using (audit_id)
    where audits.audit_id = ?
)
select
    auditable_type, auditable_id, associated_type, associated_id, audit_action,
    created_at::varchar as created_at, version, crm_user_type, crm_user_id, username, comment,
    if(has_denied_fields, null, audited_changes::varchar) as audited_changes, has_denied_fields
from audits
"""

READING = """
select parsed.*, to_json(paired.changes)::varchar as changes, paired.denied_field_names
from intermediate.int_audits_parsed as parsed
inner join intermediate.int_changes_paired as paired using (audit_id)
where audit_id = ?
"""

CONTACT = """
with found as (
    select
        candidates.* exclude (crm_person_id),
        contacts.crm_person_id, contacts.contact_id, contacts.contact_source,
        links.crm_person_id as link_person_id,
        split_part(contacts.contact_source, '+', 1) as taken_source,
        accounts.link_history,
        (
            select count(distinct known.contact_id) from stg.stg_cdp__contacts as known
            where known.company_sso_id = accounts.company_sso_id
                and known.source_id = contacts.crm_person_id::varchar
        ) as contact_count,
        (
            select count(distinct maps.contact_id) from stg.stg_cdp__contact_id_maps as maps
            where maps.company_sso_id = accounts.company_sso_id
                and maps.crm_person_id = contacts.crm_person_id
        ) as mapped_count
    from intermediate.int_persons_named as candidates
    inner join intermediate.int_contacts_resolved as contacts using (audit_id)
    left join intermediate.int_persons_linked as links using (audit_id)
    cross join intermediate.int_accounts_current as accounts
    where candidates.audit_id = ?
)
select
    *,
    case
        when person_source is not null then 'not looked for: a person is named already'
        when link_person_id is null then 'no person was linked'
        when not link_history
            then 'not taken: `link_history` is false in accounts.csv'
    end as link_words,
    case
        when crm_person_id is null then 'not looked up: there is no person'
        when contact_count = 0 then 'no contact has source_id ' || crm_person_id
        when contact_count = 1 then 'one contact has source_id ' || crm_person_id
        else contact_count || ' contacts have source_id ' || crm_person_id || ': ambiguous'
    end as by_source_id,
    case
        when crm_person_id is null then 'not looked up: there is no person'
        when contact_count > 0 then 'not looked up: source_id came first'
        when mapped_count = 0 then 'no line for CRM person ' || crm_person_id
        when mapped_count = 1 then 'one contact for CRM person ' || crm_person_id
        else mapped_count || ' contacts for CRM person ' || crm_person_id || ': ambiguous'
    end as by_id_map
from found
"""

ACTOR = """
select
    case
        when audits.crm_user_id is null then 'not looked up: the audit has no user id'
        when audits.crm_user_type is null
            then 'not looked up: user id ' || audits.crm_user_id || ' has no type'
        when audits.crm_user_type <> 'User'
            then 'not looked up: ' || audits.crm_user_type || ' is not the type User'
        when users.crm_user_id is null
            then 'no user ' || audits.crm_user_id || ' in the CRM'
        when users.is_deleted then 'found, deleted in the CRM'
        else 'found'
    end as crm_user,
    coalesce(users.email, '') <> '' as is_email_known,
    case
        when users.crm_user_id is null then 'not asked: there is no CRM user'
        when not is_email_known then 'not asked: no e-mail address is known'
        when sso_users.email is null then 'not found'
        when sso_users.is_active then 'found, active'
        else 'found, not active'
    end as sso_user,
    actors.actor_type, actors.actor_name, actors.sso_user_id
from stg.stg_crm__audits as audits
inner join intermediate.int_actors_resolved as actors using (audit_id)
left join stg.stg_crm__users as users
    on users.crm_user_id = audits.crm_user_id and audits.crm_user_type = 'User'
left join stg.stg_usman__users as sso_users on sso_users.email = users.email
where audits.audit_id = ?
"""

CATEGORY = """
select
    categories.category, categories.action, categories.category_rule,
    audits.auditable_type as type, audits.audit_action,
    (
        select string_agg(field || ' ' || status_id || ' means ' || sets.action, ', ')
        from intermediate.int_status_sets_applied as sets
        where sets.auditable_type = audits.auditable_type and sets.action = categories.action
    ) as sets
from intermediate.int_categories_decided as categories
inner join stg.stg_crm__audits as audits using (audit_id)
where categories.audit_id = ?
"""

OUTCOME = """
select outcomes.outcome, outcomes.reason, outcomes.reason_detail as detail,
    case
        when outcomes.is_resolvable_by_link then 'resolves'
        when links.crm_person_id is not null then 'unknown_person'
        else 'no_link'
    end as link_help,
    links.crm_person_id as link_person_id
from marts.audit_outcomes as outcomes
left join intermediate.int_persons_linked as links using (audit_id)
where outcomes.audit_id = ?
"""

LOAD_FAILURE = """
select 'failed' as outcome, reason, message as detail
from readback.load_failures where audit_id = ?
"""

DOCUMENT = "select * from marts.activity_logs where audit_id = ?"

EXTRACT = """
select date_trunc('second', extracted_at)::varchar as extracted_at, cutoff::varchar as cutoff,
    (
        select date_trunc('second', gone_at)::varchar
        from stg.stg_crm__gone_audits where audit_id = ?
    ) as gone_at
from raw_crm.extracts order by extracts.extracted_at desc limit 1
"""

DENIED = "select lower(field) as field from seeds.denied_fields"
