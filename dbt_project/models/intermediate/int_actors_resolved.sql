{# A view: of a million audits both marts read it in 0.4 s; a table takes 0.6 s to
   write. #}
{{ config(materialized='view') }}

with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

-- A User 7 is not an AdminUser 7: only the type User joins the CRM's users.
actors_found as (

    select
        audits.audit_id,
        audits.crm_user_id,
        nullif(trim(audits.username, e' \t\r\n'), '') as username,
        nullif(audits.crm_user_type, '') as crm_user_type,
        crm_users.crm_user_id is not null as is_crm_user,
        crm_users.full_name,
        sso_users.sso_user_id,
        not crm_users.is_deleted and coalesce(sso_users.is_active, false) as is_active

    from audits

    left join {{ ref('stg_crm__users') }} as crm_users
        on
            audits.crm_user_id = crm_users.crm_user_id
            and audits.crm_user_type = 'User'

    left join {{ ref('stg_usman__users') }} as sso_users
        on crm_users.email = sso_users.email

),

actors_typed as (

    select
        *,
        case
            when crm_user_id is null and username like '#<%' then 'unknown'
            when crm_user_id is null then 'system'
            when crm_user_type is null then 'unknown'
            when crm_user_type <> 'User' then 'other'
            when not is_crm_user then 'deleted'
            when is_active then 'user'
            else 'deactivated'
        end as actor_type

    from actors_found

),

actors_resolved as (

    select
        audit_id,
        crm_user_id,
        case when actor_type = 'user' then sso_user_id end as sso_user_id,

        actor_type,
        case actor_type
            when 'unknown' then 'Unknown'
            when 'system' then coalesce(username, 'System')
            when 'other' then crm_user_type || ' ' || crm_user_id
            when 'deleted' then '[Deleted reference]'
            else coalesce(full_name, 'User ' || crm_user_id)
        end as actor_name

    from actors_typed

)

select * from actors_resolved
