{# The account of this build, a row of the seed `accounts`. #}
{% macro current_account() %}'{{ var("account") }}'{% endmacro %}
