{# Each test finds a `problem` for every wrong cell, in words that name the file, its
   line and what to write; the test fails with all of them. #}
{% macro in_words() -%}
    case
        when count(*) = 0 then 0
        else error(string_agg(problem, '; ' order by problem))
    end
{%- endmacro %}

{% macro place_of(model, column) -%}
    '{{ model.identifier }}.csv line ' || (rowid + 2) || ': {{ column }}'
{%- endmacro %}

{% test cells_are_exact(model, column_name, lines="true") %}
{{ config(fail_calc=in_words()) }}
    select
        {{ place_of(model, column_name) }}
        || case
            when trim({{ column_name }}) <> ''
                then ' has blanks around "' || trim({{ column_name }}) || '"'
            else ' is blank'
        end as problem
    from {{ model }}
    where
        {{ lines }}
        and not regexp_full_match(
            coalesce({{ column_name }}, ''), '[^\s\x{a0}](.*[^\s\x{a0}])?'
        )
{% endtest %}

{% test cells_have_the_form(model, column_name, pattern, form) %}
{{ config(fail_calc=in_words()) }}
    select
        {{ place_of(model, column_name) }}
        || ' is "' || {{ column_name }} || '"; write {{ form }}' as problem
    from {{ model }}
    where not regexp_full_match({{ column_name }}, '{{ pattern }}')
{% endtest %}

{% test cells_are_none_of(model, column_name, values, form) %}
{{ config(fail_calc=in_words()) }}
    select
        {{ place_of(model, column_name) }}
        || ' is "' || {{ column_name }} || '"; write {{ form }}' as problem
    from {{ model }}
    where {{ column_name }} in ('{{ values | join("', '") }}')
{% endtest %}

{% test lines_are_said_once(model, columns) %}
{{ config(fail_calc=in_words()) }}
    with lines as (
        select
            rowid,
            lower(concat_ws(', ', {{ columns | join(", ") }})) as said
        from {{ model }}
    )

    select
        {{ place_of(model, columns | join(", ")) }}
        || ' repeats line ' || (min(rowid) over (partition by said) + 2)
        || ' ("' || said || '")' as problem
    from lines
    qualify row_number() over (partition by said order by rowid) > 1
{% endtest %}

{% test cells_are_spelled_one_way(model, column_name) %}
{{ config(fail_calc=in_words()) }}
    with first_spellings as (
        select
            rowid,
            {{ column_name }},
            first({{ column_name }}) over (
                partition by lower({{ column_name }}) order by rowid
            ) as first_spelling
        from {{ model }}
    )

    select
        {{ place_of(model, column_name) }}
        || ' is "' || {{ column_name }}
        || '", spelled "' || first_spelling || '" above' as problem
    from first_spellings
    where {{ column_name }} <> first_spelling
{% endtest %}

{% test cells_are_known(model, column_name, seed, field, also="") %}
{{ config(fail_calc=in_words()) }}
    select
        {{ place_of(model, column_name) }}
        || ' is "' || {{ column_name }}
        || '", which {{ seed.identifier }}.csv does not have' as problem
    from {{ model }}
    where
        {{ column_name }} not in (select coalesce({{ field }}, '') from {{ seed }})
        and {{ column_name }} <> '{{ also }}'
{% endtest %}
