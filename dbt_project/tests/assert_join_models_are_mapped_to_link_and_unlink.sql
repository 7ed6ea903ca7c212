-- A join model's create is a link and its destroy an unlink before the map is asked:
-- a line that says otherwise would be ignored without a word.
{{ config(fail_calc=in_words()) }}

with

join_lines as (

    select
        category_map.rowid as line,
        category_map.auditable_type,
        category_map.action,
        {{ join_action('join_models.linked_type', 'category_map.audit_action') }}
            as join_action

    from {{ ref('category_map') }} as category_map

    inner join {{ ref('join_models') }} as join_models
        on category_map.auditable_type = join_models.auditable_type

),

lines_ignored as (

    select
        'category_map.csv line ' || (line + 2) || ': action is "' || action
        || '" for the join model ' || auditable_type
        || '; write ' || join_action as problem

    from join_lines

    where action <> join_action

)

select * from lines_ignored
