import { POISON } from './cells.js';

/**
 * What the database keeps, and what it notes of all that is done to it: `changes` in the order of commits, `sendings` by write,
 * `fences` by who came with them. `highest` refuses whoever is no owner any more.
 */
export const SCHEMA = `
  create table cells (key integer primary key, value text not null check (value not like '${POISON}%'), version bigint not null);
  create table changes (id bigserial primary key, key integer not null, before bigint, after bigint not null);
  create table sendings (key integer not null, version bigint not null, times integer not null, primary key (key, version));
  create table fences (log integer not null, fence bigint not null, worker text not null, primary key (log, fence, worker));
  create table highest (log integer primary key, fence bigint not null);
  create function note() returns trigger language plpgsql as $$
  begin
    insert into changes (key, before, after)
      values (new.key, case when tg_op = 'UPDATE' then old.version end, new.version);
    return new;
  end $$;
  create trigger noted after insert or update on cells for each row execute function note();
`;

export const UNDO = `
  drop table if exists cells, changes, sendings, fences, highest;
  drop function if exists note();
`;

/** One statement for a batch, which applies only what is newer. In the order of keys, so that no two batches wait for each other. */
export const APPLY = `
  insert into cells (key, value, version)
  select * from unnest($1::integer[], $2::text[], $3::bigint[]) as t(key, value, version) order by key
  on conflict (key) do update set value = excluded.value, version = excluded.version
  where cells.version < excluded.version
`;

export const NOTE_SENDINGS = `
  insert into sendings (key, version, times)
  select key, version, 1 from unnest($1::integer[], $2::bigint[]) as t(key, version) order by key, version
  on conflict (key, version) do update set times = sendings.times + 1
`;

/** Gives no row to whoever comes with a lower fence than somebody before. */
export const RAISE_FENCE = `
  insert into highest (log, fence) values ($1, $2)
  on conflict (log) do update set fence = excluded.fence where highest.fence <= excluded.fence
  returning fence
`;

export const NOTE_FENCE = 'insert into fences values ($1, $2, $3) on conflict do nothing';

/** The versions of a row, one change after the other, that did not rise. */
export const REGRESSIONS = `
  (select after <= lag(after) over (partition by key order by id) or before >= after as back from changes) as c where back
`;
/** Fences under which two workers have written. */
export const SHARED_FENCES = '(select 1 from fences group by log, fence having count(*) > 1) as shared';
