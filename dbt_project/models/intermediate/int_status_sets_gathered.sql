{# A view: it is asked for one audit at a time, and the seed is small. #}
{{ config(materialized='view') }}

with

status_sets as (

    select * from {{ ref('int_status_sets_applied') }}

),

status_sets_gathered as (

    select
        auditable_type,
        action,

        list(
            struct_pack(field := field, status_id := status_id)
            order by field, status_id
        ) as statuses

    from status_sets

    group by auditable_type, action

)

select * from status_sets_gathered
