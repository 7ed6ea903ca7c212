with

source as (

    select * from {{ source('raw_crm', 'audits') }}

),

renamed as (

    select
        id as audit_id,
        auditable_id,
        associated_id,
        user_id as crm_user_id,

        auditable_type,
        associated_type,
        user_type as crm_user_type,
        username,
        action as audit_action,
        audited_changes,
        comment,
        remote_address,
        request_uuid,

        version,

        {{ is_invalid_text([
            'auditable_type', 'associated_type', 'user_type', 'username', 'action',
            'comment', 'remote_address', 'request_uuid',
        ]) }} as has_invalid_text,

        created_at

    from source

)

select * from renamed
