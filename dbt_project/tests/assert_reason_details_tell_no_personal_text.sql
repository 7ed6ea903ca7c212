-- A detail stands in reports and logs. It is the id of a person, or a short message of
-- the parser: ASCII words, marks of syntax and positions; no address, no long number.
with

outcomes as (

    select * from {{ ref('audit_outcomes') }}
    where reason_detail is not null

),

details_of_another_form as (

    select
        audit_id,
        reason

    from outcomes

    where
        (
            reason <> 'unparseable_changes'
            and not regexp_full_match(reason_detail, 'crm person [0-9]{1,19}')
        )
        or (
            reason = 'unparseable_changes'
            and not regexp_full_match(reason_detail, '[ -?A-~]{1,200}')
        )
        or (
            reason = 'unparseable_changes'
            and regexp_matches(reason_detail, '[0-9]{9}')
        )

)

select * from details_of_another_form
