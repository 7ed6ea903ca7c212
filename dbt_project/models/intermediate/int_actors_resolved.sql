{# A view: of a million audits both marts read it in 0.4 s; a table takes 0.6 s to
   write. #}
{{ config(materialized='view') }}

with

-- A User 7 is not an AdminUser 7: only a type with the role joins the CRM's users.
actors_looked_up as (

    select
        audits.audit_id,
        audits.crm_user_id,
        audits.crm_user_type,
        nullif(trim(audits.username, e' \t\r\n'), '') as username,
        crm_users.full_name,
        sso_users.sso_user_id,
        case
            when audits.crm_user_id is null then 'no_id'
            when coalesce(audits.crm_user_type, '') = '' then 'no_type'
            when not list_contains(crm_types.user_types, audits.crm_user_type)
                then 'other_type'
            when crm_users.crm_user_id is null then 'not_found'
            when crm_users.is_deleted then 'deleted'
            else 'found'
        end as crm_user_lookup,
        case
            when crm_users.crm_user_id is null then 'no_crm_user'
            when coalesce(crm_users.email, '') = '' then 'no_email'
            when sso_users.email is null then 'not_found'
            when sso_users.is_active then 'active'
            else 'inactive'
        end as sso_user_lookup

    from {{ ref('stg_crm__audits') }} as audits

    cross join {{ ref('int_crm_types_gathered') }} as crm_types

    left join {{ ref('stg_crm__users') }} as crm_users
        on
            audits.crm_user_id = crm_users.crm_user_id
            and list_contains(crm_types.user_types, audits.crm_user_type)

    left join {{ ref('stg_usman__users') }} as sso_users
        on crm_users.email = sso_users.email

),

actors_resolved as (

    select
        audit_id,
        crm_user_id,
        case
            when crm_user_lookup = 'found' and sso_user_lookup = 'active'
                then sso_user_id
        end as sso_user_id,

        crm_user_lookup,
        sso_user_lookup,
        case crm_user_lookup
            when 'no_id' then if(username like '#<%', 'unknown', 'system')
            when 'no_type' then 'unknown'
            when 'other_type' then 'other'
            when 'not_found' then 'deleted'
            when 'deleted' then 'deactivated'
            else if(sso_user_lookup = 'active', 'user', 'deactivated')
        end as actor_type,
        case actor_type
            when 'unknown' then 'Unknown'
            when 'system' then coalesce(username, 'System')
            when 'deleted' then '[Deleted reference]'
            else coalesce(full_name, crm_user_type || ' ' || crm_user_id)
        end as actor_name

    from actors_looked_up

)

select * from actors_resolved
