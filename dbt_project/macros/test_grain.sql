{% test grain(model, columns, filled=[]) %}
    select {{ columns | join(", ") }}
    from {{ model }}
    group by {{ columns | join(", ") }}
    having
        count(*) > 1
        {% for column in filled %}or count({{ column }}) < count(*) {% endfor %}
{% endtest %}
