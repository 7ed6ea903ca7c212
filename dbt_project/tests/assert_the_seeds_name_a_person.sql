-- Without a person no audit could be about anybody, and all of them would be skipped.
{{ config(fail_calc=in_words()) }}

with

persons as (

    select count(*) as line_count from {{ ref('crm_types') }}
    where role = 'person' and key <> '' and key = trim(key)

),

problems as (

    select
        'crm_types.csv has no line of the role person: write '
        || 'person,<class>,<the key that names one of it>' as problem

    from persons

    where line_count = 0

)

select * from problems
