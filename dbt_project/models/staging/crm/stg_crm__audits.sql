with

source as (

    select * from {{ source('raw_crm', 'audits') }}

),

-- The one join of the layer: a long comment is not in its row (rule: long texts), and
-- whoever reads comments reads both.
long_comments as (

    select * from {{ source('raw_crm', 'long_comments') }}

),

renamed as (

    select
        source.id as audit_id,
        source.auditable_id,
        source.associated_id,
        source.user_id as crm_user_id,

        source.auditable_type,
        source.associated_type,
        source.user_type as crm_user_type,
        source.username,
        source.action as audit_action,
        source.audited_changes,
        source.comment,
        long_comments.comment as long_comment,
        source.remote_address,
        source.request_uuid,

        source.version,

        {{ is_invalid_text([
            'source.auditable_type', 'source.associated_type', 'source.user_type',
            'source.username', 'source.action', 'source.comment',
            'source.remote_address', 'source.request_uuid',
        ]) }} as has_invalid_text,

        source.created_at

    from source

    left join long_comments
        on source.id = long_comments.audit_id

)

select * from renamed
