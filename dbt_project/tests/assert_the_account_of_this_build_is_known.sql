-- Without the account's row every mart would be empty, and look like success.
with

known as (

    select count(*) as account_count from {{ ref('int_accounts_current') }}

)

select * from known
where account_count <> 1
