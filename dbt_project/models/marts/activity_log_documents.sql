{# Packing the bytes takes longer than writing them. #}
{{ config(
    pre_hook="set force_compression = 'uncompressed'",
    post_hook="set force_compression = 'auto'"
) }}

with

activity_logs as (

    select * from {{ ref('activity_logs') }}

),

documents_encoded as (

    select
        audit_id,
        external_id,
        encoded_document(
            struct_pack(
                company_sso_id := company_sso_id,
                external_id := external_id,
                source_tag := source_tag,
                customer_id := customer_id,
                category := category,
                action := action,
                user_id := user_id,
                actor := actor,
                changes := changes,
                created_at := created_at,
                metadata := metadata
            )
        ) as encoded

    from activity_logs

),

activity_log_documents as (

    select
        audit_id,
        external_id,

        encoded.content_hash,

        octet_length(encoded.document) as byte_count,

        encoded.document

    from documents_encoded

)

select * from activity_log_documents
