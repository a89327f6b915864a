-- The first tables of the ledger on PostgreSQL.
CREATE TABLE gap (
    id BIGSERIAL NOT NULL,
    listener TEXT NOT NULL,
    source TEXT NOT NULL,
    query TEXT NOT NULL,
    start_at TIMESTAMP WITH TIME ZONE,
    end_at TIMESTAMP WITH TIME ZONE,
    why TEXT NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_gap PRIMARY KEY (id)
);
CREATE INDEX ix_gap_listener_query_seen_at ON gap (listener, query, seen_at);
CREATE TABLE index_work (
    document VARCHAR(32) NOT NULL,
    version BIGINT NOT NULL,
    mention_id BIGINT,
    CONSTRAINT pk_index_work PRIMARY KEY (document)
);
CREATE TABLE ledger_key (
    name VARCHAR(40) NOT NULL,
    value BYTEA NOT NULL,
    CONSTRAINT pk_ledger_key PRIMARY KEY (name)
);
CREATE TABLE person (
    id BIGSERIAL NOT NULL,
    source TEXT NOT NULL,
    native_id TEXT NOT NULL,
    handle TEXT DEFAULT '' NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    is_site BOOLEAN DEFAULT false NOT NULL,
    left_alone_at TIMESTAMP WITH TIME ZONE,
    erased_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT uq_person_source_native_id UNIQUE (source, native_id)
);
CREATE TABLE poll (
    listener TEXT NOT NULL,
    query TEXT NOT NULL,
    source TEXT NOT NULL,
    state JSON NOT NULL,
    version INTEGER DEFAULT 0 NOT NULL,
    last_asked TIMESTAMP WITH TIME ZONE,
    last_heard TIMESTAMP WITH TIME ZONE,
    next_poll TIMESTAMP WITH TIME ZONE,
    error TEXT DEFAULT '' NOT NULL,
    error_kind TEXT DEFAULT '' NOT NULL,
    failing_since TIMESTAMP WITH TIME ZONE,
    cost FLOAT DEFAULT 0 NOT NULL,
    items INTEGER DEFAULT 0 NOT NULL,
    posts INTEGER DEFAULT 0 NOT NULL,
    set_aside INTEGER DEFAULT 0 NOT NULL,
    gaps INTEGER DEFAULT 0 NOT NULL,
    log_id BIGINT,
    CONSTRAINT pk_poll PRIMARY KEY (listener, query)
);
CREATE TABLE poll_log (
    id BIGSERIAL NOT NULL,
    listener TEXT NOT NULL,
    query TEXT NOT NULL,
    source TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    items INTEGER DEFAULT 0 NOT NULL,
    posts INTEGER DEFAULT 0 NOT NULL,
    cost FLOAT DEFAULT 0 NOT NULL,
    error TEXT DEFAULT '' NOT NULL,
    error_kind TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_poll_log PRIMARY KEY (id)
);
CREATE INDEX ix_poll_log_listener_query_started_at ON poll_log (listener, query, started_at);
CREATE TABLE set_aside (
    id BIGSERIAL NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,
    listener TEXT NOT NULL,
    source TEXT NOT NULL,
    query TEXT NOT NULL,
    native_id TEXT,
    raw TEXT NOT NULL,
    why TEXT NOT NULL,
    place TEXT DEFAULT '' NOT NULL,
    first_seen TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen TIMESTAMP WITH TIME ZONE NOT NULL,
    times INTEGER DEFAULT 1 NOT NULL,
    retried_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_set_aside PRIMARY KEY (id),
    CONSTRAINT uq_set_aside_fingerprint UNIQUE (fingerprint)
);
CREATE INDEX ix_set_aside_listener_query ON set_aside (listener, query);
CREATE TABLE tombstone (
    hash VARCHAR(64) NOT NULL,
    what VARCHAR(10) NOT NULL,
    why TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_tombstone PRIMARY KEY (hash, what),
    CONSTRAINT ck_tombstone_what CHECK (what IN ('post', 'person', 'alone'))
);
CREATE TABLE post (
    id BIGSERIAL NOT NULL,
    source TEXT NOT NULL,
    native_id TEXT NOT NULL,
    kind VARCHAR(10) NOT NULL,
    text TEXT NOT NULL,
    title TEXT DEFAULT '' NOT NULL,
    url TEXT DEFAULT '' NOT NULL,
    language TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    person_id BIGINT,
    conversation TEXT NOT NULL,
    conversation_id TEXT,
    parent_id TEXT,
    replies INTEGER DEFAULT 0 NOT NULL,
    reposts INTEGER DEFAULT 0 NOT NULL,
    likes INTEGER DEFAULT 0 NOT NULL,
    echoes INTEGER DEFAULT 0 NOT NULL,
    context BOOLEAN DEFAULT false NOT NULL,
    network_revision TEXT NOT NULL,
    revision INTEGER DEFAULT 1 NOT NULL,
    analyzed INTEGER DEFAULT 0 NOT NULL,
    listener TEXT NOT NULL,
    query TEXT NOT NULL,
    heard_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    deleted_why TEXT,
    CONSTRAINT pk_post PRIMARY KEY (id),
    CONSTRAINT uq_post_source_native_id UNIQUE (source, native_id),
    CONSTRAINT ck_post_analyzed CHECK (analyzed <= revision),
    CONSTRAINT fk_post_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);
CREATE INDEX ix_post_person_id ON post (person_id);
CREATE INDEX ix_post_reposts ON post (source, parent_id) WHERE kind = 'repost';
CREATE INDEX ix_post_source_conversation ON post (source, conversation);
CREATE INDEX ix_post_work ON post (created_at, id) WHERE analyzed < revision;
CREATE TABLE mention (
    id BIGSERIAL NOT NULL,
    post_id BIGINT NOT NULL,
    brand TEXT NOT NULL,
    document VARCHAR(32) NOT NULL,
    post_revision INTEGER NOT NULL,
    present BOOLEAN DEFAULT true NOT NULL,
    source TEXT NOT NULL,
    conversation TEXT NOT NULL,
    person_id BIGINT,
    posted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    spans JSON NOT NULL,
    confidence FLOAT NOT NULL,
    language VARCHAR(8) NOT NULL,
    own_voice BOOLEAN DEFAULT false NOT NULL,
    judged BOOLEAN DEFAULT false NOT NULL,
    complaint FLOAT,
    is_complaint BOOLEAN DEFAULT false NOT NULL,
    severity INTEGER DEFAULT 0 NOT NULL,
    urgency INTEGER DEFAULT 0 NOT NULL,
    asks_help BOOLEAN DEFAULT false NOT NULL,
    actionable FLOAT,
    topics JSON NOT NULL,
    stakes JSON NOT NULL,
    evidence JSON NOT NULL,
    model TEXT DEFAULT '' NOT NULL,
    duplicate_of BIGINT,
    echoes INTEGER DEFAULT 0 NOT NULL,
    revision INTEGER DEFAULT 1 NOT NULL,
    decided INTEGER DEFAULT 0 NOT NULL,
    outcome TEXT DEFAULT '' NOT NULL,
    case_id BIGINT,
    index_version INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_mention PRIMARY KEY (id),
    CONSTRAINT uq_mention_post_id_brand UNIQUE (post_id, brand),
    CONSTRAINT ck_mention_decided CHECK (decided <= revision),
    CONSTRAINT ck_mention_severity CHECK (severity BETWEEN 0 AND 4),
    CONSTRAINT ck_mention_severity_of_complaints CHECK ((severity > 0) = is_complaint),
    CONSTRAINT fk_mention_post_id FOREIGN KEY(post_id) REFERENCES post (id),
    CONSTRAINT uq_mention_document UNIQUE (document),
    CONSTRAINT fk_mention_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_mention_duplicate_of FOREIGN KEY(duplicate_of) REFERENCES mention (id)
);
CREATE INDEX ix_mention_case_id ON mention (case_id);
CREATE INDEX ix_mention_copies ON mention (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX ix_mention_dismissed ON mention (outcome, posted_at, id);
CREATE INDEX ix_mention_own ON mention (conversation) WHERE own_voice;
CREATE INDEX ix_mention_work ON mention (posted_at, id) WHERE decided < revision;
CREATE TABLE post_revision (
    id BIGSERIAL NOT NULL,
    post_id BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    network_revision TEXT NOT NULL,
    text TEXT NOT NULL,
    title TEXT DEFAULT '' NOT NULL,
    superseded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_post_revision PRIMARY KEY (id),
    CONSTRAINT uq_post_revision_post_id_revision UNIQUE (post_id, revision),
    CONSTRAINT fk_post_revision_post_id FOREIGN KEY(post_id) REFERENCES post (id)
);
CREATE TABLE cases (
    id BIGSERIAL NOT NULL,
    brand TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    source TEXT NOT NULL,
    conversation TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    is_open BOOLEAN NOT NULL,
    queue TEXT NOT NULL,
    priority INTEGER NOT NULL,
    due TIMESTAMP WITH TIME ZONE,
    mention_id BIGINT NOT NULL,
    owner TEXT,
    lease_expires TIMESTAMP WITH TIME ZONE,
    epoch INTEGER DEFAULT 0 NOT NULL,
    version INTEGER DEFAULT 1 NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    waiting_since TIMESTAMP WITH TIME ZONE NOT NULL,
    last_post_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    snoozed_until TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_reason TEXT DEFAULT '' NOT NULL,
    merged_into BIGINT,
    earlier_cases INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_cases PRIMARY KEY (id),
    CONSTRAINT ck_cases_state CHECK (state IN ('assigned', 'dismissed', 'merged', 'new', 'resolved', 'snoozed', 'waiting_inside', 'waiting_person', 'withdrawn')),
    CONSTRAINT ck_cases_is_open CHECK (is_open = (state IN ('assigned', 'new', 'snoozed', 'waiting_inside', 'waiting_person'))),
    CONSTRAINT ck_cases_closed CHECK ((closed_at IS NULL) = is_open),
    CONSTRAINT ck_cases_new_is_free CHECK (state <> 'new' OR owner IS NULL),
    CONSTRAINT ck_cases_assigned_is_held CHECK (state <> 'assigned' OR owner IS NOT NULL),
    CONSTRAINT ck_cases_lease CHECK (lease_expires IS NULL OR state = 'assigned'),
    CONSTRAINT ck_cases_snooze CHECK (snoozed_until IS NULL OR state = 'snoozed'),
    CONSTRAINT ck_cases_merged CHECK ((merged_into IS NOT NULL) = (state = 'merged')),
    CONSTRAINT ck_cases_priority CHECK (priority BETWEEN 0 AND 1000),
    CONSTRAINT fk_cases_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_cases_mention_id FOREIGN KEY(mention_id) REFERENCES mention (id),
    CONSTRAINT fk_cases_merged_into FOREIGN KEY(merged_into) REFERENCES cases (id)
);
CREATE INDEX ix_cases_claim ON cases (state, priority DESC, waiting_since, id);
CREATE INDEX ix_cases_leases ON cases (lease_expires) WHERE lease_expires IS NOT NULL;
CREATE INDEX ix_cases_person_id_brand ON cases (person_id, brand);
CREATE INDEX ix_cases_queue ON cases (is_open, priority DESC, waiting_since, id);
CREATE INDEX ix_cases_snoozed ON cases (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX ix_cases_source_conversation ON cases (source, conversation);
CREATE UNIQUE INDEX uq_cases_one_open ON cases (brand, person_id, conversation) WHERE is_open;
CREATE TABLE decision (
    id BIGSERIAL NOT NULL,
    mention_id BIGINT NOT NULL,
    revision INTEGER NOT NULL,
    outcome VARCHAR(10) NOT NULL,
    queue TEXT DEFAULT '' NOT NULL,
    priority INTEGER DEFAULT 0 NOT NULL,
    due TIMESTAMP WITH TIME ZONE,
    skills JSON NOT NULL,
    reasons JSON NOT NULL,
    rules TEXT DEFAULT '' NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_decision PRIMARY KEY (id),
    CONSTRAINT uq_decision_mention_id_revision UNIQUE (mention_id, revision),
    CONSTRAINT ck_decision_outcome CHECK (outcome IN ('route', 'dismiss')),
    CONSTRAINT fk_decision_mention_id FOREIGN KEY(mention_id) REFERENCES mention (id)
);
CREATE TABLE fingerprint_band (
    band BIGINT NOT NULL,
    mention_id BIGINT NOT NULL,
    CONSTRAINT pk_fingerprint_band PRIMARY KEY (band, mention_id),
    CONSTRAINT fk_fingerprint_band_mention_id FOREIGN KEY(mention_id) REFERENCES mention (id)
);
CREATE INDEX ix_fingerprint_band_mention_id ON fingerprint_band (mention_id);
CREATE TABLE case_event (
    id BIGSERIAL NOT NULL,
    case_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    who TEXT NOT NULL,
    action VARCHAR(16) NOT NULL,
    before_state VARCHAR(16) NOT NULL,
    after_state VARCHAR(16) NOT NULL,
    before JSON NOT NULL,
    after JSON NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    post_id BIGINT,
    undoes BIGINT,
    CONSTRAINT pk_case_event PRIMARY KEY (id),
    CONSTRAINT ck_case_event_steps CHECK ((action = 'dismiss' AND before_state IN ('assigned', 'new', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'dismissed') OR (action = 'hand_over' AND before_state IN ('assigned', 'new', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'assigned') OR (action = 'hear' AND before_state IN ('assigned', 'dismissed', 'new', 'resolved', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'new') OR (action = 'merge' AND before_state IN ('assigned', 'dismissed', 'new', 'resolved', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'merged') OR (action = 'release' AND before_state IN ('assigned', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'new') OR (action = 'reopen' AND before_state IN ('dismissed', 'merged', 'resolved') AND after_state = 'new') OR (action = 'resolve' AND before_state IN ('assigned', 'new', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'resolved') OR (action = 'snooze' AND before_state IN ('assigned', 'new', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'snoozed') OR (action = 'take' AND before_state IN ('assigned', 'new', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'assigned') OR (action = 'wait_inside' AND before_state IN ('assigned', 'new', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'waiting_inside') OR (action = 'wait_person' AND before_state IN ('assigned', 'new', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'waiting_person') OR (action = 'wake' AND before_state IN ('snoozed') AND after_state = 'new') OR (action = 'withdraw' AND before_state IN ('assigned', 'dismissed', 'merged', 'new', 'resolved', 'snoozed', 'waiting_inside', 'waiting_person') AND after_state = 'withdrawn') OR (action = 'hear' AND before_state = 'assigned' AND after_state = 'assigned') OR action IN ('answered', 'note', 'open', 'reroute', 'undo', 'weigh')),
    CONSTRAINT fk_case_event_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
    CONSTRAINT fk_case_event_post_id FOREIGN KEY(post_id) REFERENCES post (id),
    CONSTRAINT fk_case_event_undoes FOREIGN KEY(undoes) REFERENCES case_event (id)
);
CREATE INDEX ix_case_event_case_id ON case_event (case_id);
CREATE TABLE case_post (
    case_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_case_post PRIMARY KEY (case_id, post_id),
    CONSTRAINT fk_case_post_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
    CONSTRAINT fk_case_post_post_id FOREIGN KEY(post_id) REFERENCES post (id)
);
CREATE INDEX ix_case_post_post_id ON case_post (post_id);
CREATE TABLE case_skill (
    case_id BIGINT NOT NULL,
    skill TEXT NOT NULL,
    CONSTRAINT pk_case_skill PRIMARY KEY (case_id, skill),
    CONSTRAINT fk_case_skill_case_id FOREIGN KEY(case_id) REFERENCES cases (id)
);
CREATE TABLE label (
    id BIGSERIAL NOT NULL,
    case_id BIGINT,
    mention_id BIGINT NOT NULL,
    event_id BIGINT,
    label TEXT NOT NULL,
    model TEXT NOT NULL,
    who TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    undone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_label PRIMARY KEY (id),
    CONSTRAINT fk_label_case_id FOREIGN KEY(case_id) REFERENCES cases (id),
    CONSTRAINT fk_label_mention_id FOREIGN KEY(mention_id) REFERENCES mention (id),
    CONSTRAINT fk_label_event_id FOREIGN KEY(event_id) REFERENCES case_event (id)
);
CREATE INDEX ix_label_case_id ON label (case_id);
CREATE INDEX ix_label_mention_id ON label (mention_id);
