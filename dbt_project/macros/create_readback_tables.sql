{# The tables that the loader fills after the models are built, so that the
   reconciliation views over them exist, empty, from the first build on. #}
{% macro create_readback_tables() %}
    create schema if not exists readback;
    create table if not exists readback.activity_logs (
        external_id varchar,
        audit_id bigint,
        category varchar,
        action varchar,
        created_at timestamp,
        stored_hash varchar,
        actual_hash varchar,
        expected_hash varchar
    );
    create table if not exists readback.expected_hashes (
        audit_id bigint,
        external_id varchar,
        row_hash ubigint,
        content_hash varchar
    );
    create table if not exists readback.load_failures (
        audit_id bigint,
        reason varchar,
        message varchar
    );
    create table if not exists readback.source_counts (
        counted_at timestamp,
        source_count bigint,
        mongo_count bigint
    );
    create table if not exists readback.field_differences (
        external_id varchar,
        field varchar,
        expected varchar,
        actual varchar
    );
    create table if not exists readback.sample_differences (
        audit_id bigint,
        external_id varchar,
        field varchar,
        expected varchar,
        actual varchar
    );
{% endmacro %}
