package sluice.queue.store;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.queue.Rid;

/** Requests and answers with the places of their bodies, and the count of records that each segment still holds. */
public final class BodyTables {
    private final Statements statements;

    BodyTables(Statements statements) {
        this.statements = statements;
    }

    /** A request as kept. */
    public record Request(String method, String target, String host, KeptHead head, Place body) {}

    /** An answer as kept. */
    public record Answer(int status, HttpHeaders headers, Place body) {}

    /** Writes a request; {@code head} is of {@link KeptHead#bytes}. */
    public void putRequest(Rid rid, String method, String target, String host, byte[] head, Place body)
            throws SQLException {
        statements.change(
                "INSERT INTO requests(rid, method, target, host, headers, kind, segment, position, length,"
                        + " checksum, body) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
                rid.bytes(),
                method,
                target,
                host,
                head,
                body.kind().code(),
                body.segment(),
                body.position(),
                body.length(),
                body.checksum(),
                body.inline());
        count(body);
    }

    /** Writes an answer. */
    public void putAnswer(Rid rid, Answer answer) throws SQLException {
        Place body = answer.body();
        statements.change(
                "INSERT OR REPLACE INTO answers(rid, status, headers, kind, segment, position, length, checksum, body)"
                        + " VALUES(?,?,?,?,?,?,?,?,?)",
                rid.bytes(),
                answer.status(),
                HeaderBytes.of(answer.headers()),
                body.kind().code(),
                body.segment(),
                body.position(),
                body.length(),
                body.checksum(),
                body.inline());
        count(body);
    }

    /** The request, or null. */
    public @Nullable Request request(Rid rid) throws SQLException {
        return statements.first(
                "SELECT kind, segment, position, length, checksum, body, headers, method, target, host"
                        + " FROM requests WHERE rid=?",
                row -> new Request(
                        row.getString(8),
                        row.getString(9),
                        row.getString(10),
                        KeptHead.parse(row.getBytes(7)),
                        place(row)),
                rid.bytes());
    }

    /** The answer, or null. */
    public @Nullable Answer answer(Rid rid) throws SQLException {
        return statements.first(
                "SELECT kind, segment, position, length, checksum, body, headers, status FROM answers WHERE rid=?",
                row -> new Answer(row.getInt(8), HeaderBytes.parse(row.getBytes(7)), place(row)),
                rid.bytes());
    }

    /** Removes the request; where its body was, or null when there is none. */
    public @Nullable Place removeRequest(Rid rid) throws SQLException {
        return removed(statements.first(
                "DELETE FROM requests WHERE rid=? RETURNING kind, segment, position, length, checksum, NULL",
                BodyTables::place,
                rid.bytes()));
    }

    /** Removes the answer; where its body was, or null when there is none. */
    @CanIgnoreReturnValue
    public @Nullable Place removeAnswer(Rid rid) throws SQLException {
        return removed(statements.first(
                "DELETE FROM answers WHERE rid=? RETURNING kind, segment, position, length, checksum, NULL",
                BodyTables::place,
                rid.bytes()));
    }

    /** Segments without a record, apart from {@code current}; they are forgotten here, their files are the caller's. */
    public List<Long> removeEmptySegments(long current) throws SQLException {
        return statements.all(
                "DELETE FROM segments WHERE records <= 0 AND id <> ? RETURNING id", row -> row.getLong(1), current);
    }

    /** Segments with records. */
    public List<Long> segments() throws SQLException {
        return statements.all("SELECT id FROM segments ORDER BY id", row -> row.getLong(1));
    }

    /** Calls whose request has a file of its own. */
    public List<Rid> requestFiles() throws SQLException {
        return statements.all("SELECT rid FROM requests WHERE kind=2", row -> Rid.of(row.getBytes(1)));
    }

    /** Calls whose answer has a file of its own, with the attempt that gave it. */
    public List<AnswerFile> answerFiles() throws SQLException {
        return statements.all(
                "SELECT rid, segment FROM answers WHERE kind=2",
                row -> new AnswerFile(Rid.of(row.getBytes(1)), row.getLong(2)));
    }

    /** What names the file of an answer. */
    public record AnswerFile(Rid rid, long fence) {}

    private void count(Place body) throws SQLException {
        if (body.kind() == Place.Kind.SEGMENT) {
            statements.change(
                    "INSERT INTO segments(id, records) VALUES(?, 1) ON CONFLICT(id) DO UPDATE SET records=records+1",
                    body.segment());
        }
    }

    private @Nullable Place removed(@Nullable Place place) throws SQLException {
        if (place != null && place.kind() == Place.Kind.SEGMENT) {
            statements.change("UPDATE segments SET records=records-1 WHERE id=?", place.segment());
        }
        return place;
    }

    private static Place place(ResultSet row) throws SQLException {
        Place.Kind kind = Place.Kind.parse(row.getInt(1));
        byte[] inline = kind == Place.Kind.INLINE ? row.getBytes(6) : null;
        return new Place(
                kind,
                row.getLong(2),
                row.getLong(3),
                row.getLong(4),
                row.getInt(5),
                inline == null ? null : ByteBuffer.wrap(inline));
    }
}
