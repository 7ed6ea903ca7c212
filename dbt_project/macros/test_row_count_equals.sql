{% test row_count_equals(model, other) %}
    with counts as (
        select
            (select count(*) from {{ model }}) as model_count,
            (select count(*) from {{ other }}) as other_count
    )

    select * from counts
    where model_count <> other_count
{% endtest %}
