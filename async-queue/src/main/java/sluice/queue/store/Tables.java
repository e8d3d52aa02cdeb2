package sluice.queue.store;

/** All tables over one connection. Confined to the thread that runs the {@link StoreWork}. */
public final class Tables {
    private final Statements statements;
    private final CallTable calls;
    private final CallChanges changes;
    private final Eras eras;
    private final CallList list;
    private final BodyTables bodies;
    private final CallbackTable callbacks;
    private final SmallTables small;

    Tables(Statements statements) {
        this.statements = statements;
        calls = new CallTable(statements);
        changes = new CallChanges(statements);
        eras = new Eras(statements);
        list = new CallList(statements);
        bodies = new BodyTables(statements);
        callbacks = new CallbackTable(statements);
        small = new SmallTables(statements);
    }

    /** Any statement, for tables that a journal adds. */
    public Statements statements() {
        return statements;
    }

    public CallTable calls() {
        return calls;
    }

    public CallChanges changes() {
        return changes;
    }

    public Eras eras() {
        return eras;
    }

    public CallList list() {
        return list;
    }

    public BodyTables bodies() {
        return bodies;
    }

    public CallbackTable callbacks() {
        return callbacks;
    }

    public SmallTables small() {
        return small;
    }
}
