with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

crm_users as (

    select * from {{ ref('stg_crm__users') }}

),

sso_users as (

    select * from {{ ref('stg_usman__users') }}

),

-- A User 7 is not an AdminUser 7: only the type User joins the CRM's users.
actors_found as (

    select
        audits.audit_id,
        audits.crm_user_id,
        trim(audits.username) as username,
        audits.crm_user_type,
        crm_users.full_name,
        case
            when not crm_users.is_deleted and sso_users.is_active
                then sso_users.sso_user_id
        end as sso_user_id,
        case
            when audits.crm_user_id is null and audits.username like '#<%'
                then 'unknown'
            when audits.crm_user_id is null then 'system'
            when audits.crm_user_type is null then 'unknown'
            when audits.crm_user_type <> 'User' then 'other'
            when crm_users.crm_user_id is null then 'deleted'
            when not crm_users.is_deleted and sso_users.is_active then 'user'
            else 'deactivated'
        end as actor_type

    from audits

    left join crm_users
        on
            audits.crm_user_id = crm_users.crm_user_id
            and audits.crm_user_type = 'User'

    left join sso_users
        on crm_users.email = sso_users.email

),

actors_resolved as (

    select
        audit_id,
        crm_user_id,
        sso_user_id,

        actor_type,
        case actor_type
            when 'unknown' then 'Unknown'
            when 'system' then coalesce(nullif(username, ''), 'System')
            when 'other' then crm_user_type || ' ' || crm_user_id
            when 'deleted' then '[Deleted reference]'
            else coalesce(full_name, 'User ' || crm_user_id)
        end as actor_name

    from actors_found

)

select * from actors_resolved
