package sluice.local;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.local.Workbench.await;
import static sluice.local.Workbench.function;
import static sluice.local.Workbench.uri;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Endpoint;

/** Calls of real processes, as the invoker makes them. */
class ClassicModeTest {
    @TempDir
    Path data;

    @TempDir
    Path scratch;

    private Workbench bench;

    @BeforeEach
    void open() {
        bench = Workbench.open(data);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void answersWithTheOutputOfTheCommand() throws Exception {
        bench.deploy(function("wc", "wc -c"));

        HttpResponse<String> answer = bench.post(bench.ready("wc"), "/", "12345");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body().trim()).isEqualTo("5");
        assertThat(answer.headers().firstValue("X-Duration-Seconds").orElse("")).matches("[0-9]+\\.[0-9]{6}");
        assertThat(answer.headers().firstValue("Content-Length"))
                .hasValue(Integer.toString(answer.body().length()));
    }

    @Test
    void describesTheRequestInVariables() throws Exception {
        bench.deploy(function("env", "env").variables(Map.of("greeting", "hello world")));
        Endpoint endpoint = bench.ready("env");

        HttpResponse<String> answer = bench.send(HttpRequest.newBuilder(uri(endpoint, "/a%2Fb/c?x=1&y=%20"))
                .header("x-call-ID", "abc")
                .header("Content-Type", "text/csv")
                .PUT(HttpRequest.BodyPublishers.ofString("body")));

        assertThat(answer.body().lines())
                .contains(
                        "Http_Method=PUT",
                        "Http_Path=/a%2Fb/c",
                        "Http_Query=x=1&y=%20",
                        "Http_X_Call_Id=abc",
                        "Http_Content_Type=text/csv",
                        "Http_Content_Length=4",
                        "Http_Host=127.0.0.1:" + endpoint.port(),
                        "greeting=hello world",
                        "fprocess=env");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/csv");
    }

    @Test
    void keepsTheGatewaysOwnEnvironmentToItself() throws Exception {
        bench.deploy(function("env", "env"));

        String own = bench.get(bench.ready("env"), "/").body();

        assertThat(own.lines().map(line -> line.substring(0, line.indexOf('='))))
                .allMatch(name -> name.startsWith("Http_")
                        || List.of(
                                        "PATH",
                                        "HOME",
                                        "PWD",
                                        "OLDPWD",
                                        "SHLVL",
                                        "_",
                                        "fprocess",
                                        "OPENFAAS_SECRETS_PATH",
                                        "SLUICE_REPLICA",
                                        "SLUICE_CALL")
                                .contains(name));
    }

    @Test
    void streamsWhatIsWrittenWhileTheProcessRuns() throws Exception {
        Path gate = Files.createFile(scratch.resolve("gate"));
        try {
            bench.deploy(
                    function("ticker", "sh -c 'echo one; while [ -e " + gate + " ]; do sleep 0.05; done; echo two'"));

            HttpResponse<InputStream> answer = bench.client()
                    .send(
                            HttpRequest.newBuilder(uri(bench.ready("ticker"), "/"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));

            assertThat(lines.readLine()).isEqualTo("one"); // while the process waits for the gate
            Files.delete(gate);
            assertThat(lines.readLine()).isEqualTo("two");
            assertThat(lines.readLine()).isNull();
        } finally {
            Files.deleteIfExists(gate);
        }
    }

    @Test
    void carriesLargeBodiesBothWaysUnchanged() throws Exception {
        bench.deploy(function("cat", "cat"));
        Endpoint endpoint = bench.ready("cat");
        byte[] block = new byte[1 << 20];
        IntStream.range(0, block.length).forEach(i -> block[i] = (byte) ((i * 31) >> 3));
        int blocks = 64;
        MessageDigest sent = MessageDigest.getInstance("SHA-256");
        IntStream.range(0, blocks).forEach(i -> sent.update(block));

        HttpResponse<InputStream> answer = bench.client()
                .send(
                        HttpRequest.newBuilder(uri(endpoint, "/"))
                                .POST(HttpRequest.BodyPublishers.ofByteArrays(
                                        java.util.Collections.nCopies(blocks, block)))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        DigestInputStream received = new DigestInputStream(answer.body(), MessageDigest.getInstance("SHA-256"));
        received.transferTo(java.io.OutputStream.nullOutputStream());

        assertThat(received.getMessageDigest().digest()).isEqualTo(sent.digest());
    }

    @Test
    void answers500WithWhatWasWritten_whenTheProcessFails() throws Exception {
        bench.deploy(function("fails", "sh -c 'echo details; echo reason >&2; exit 3'"));

        HttpResponse<String> answer = bench.get(bench.ready("fails"), "/");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo("exit status 3\ndetails\n");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/plain");
        await(() -> bench.log("fails"), log -> log.contains("reason"));
    }

    @Test
    void cutsTheAnswerOff_whenTheProcessFailsAfterItsBeginning() throws Exception {
        bench.deploy(function("breaks", "sh -c 'echo begun; sleep 0.3; exit 1'"));
        Endpoint endpoint = bench.ready("breaks");

        try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String raw = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(raw).startsWith("HTTP/1.1 200 OK\r\n").containsIgnoringCase("transfer-encoding: chunked");
            assertThat(raw).contains("6\r\nbegun\n\r\n").doesNotContain("\r\n0\r\n");
        }
    }

    @Test
    void keepsTheConnectionForTheNextCall() throws Exception {
        bench.deploy(function("echo", "cat"));
        Endpoint endpoint = bench.ready("echo");

        try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
            for (String body : List.of("first", "other")) {
                socket.getOutputStream()
                        .write(("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n" + body)
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(readAnswer(socket.getInputStream())).endsWith("\r\n\r\n" + body);
            }
        }
    }

    @Test
    void answersHeadWithoutABody() throws Exception {
        bench.deploy(function("date", "date"));
        Endpoint endpoint = bench.ready("date");

        try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
            socket.getOutputStream()
                    .write("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String raw = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(raw).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\n");
        }
    }

    @Test
    void answersWhileTheBodyIsNotWanted() throws Exception {
        bench.deploy(function("deaf", "sh -c 'echo done'"));
        Endpoint endpoint = bench.ready("deaf");

        for (int call = 0; call < 3; call++) {
            assertThat(bench.post(endpoint, "/", "x".repeat(3_000_000)).body()).isEqualTo("done\n");
        }
    }

    @Test
    void killsTheProcessGroup_whenTheCallerLeaves() throws Exception {
        Path pids = Files.createFile(scratch.resolve("pids"));
        bench.deploy(function("sleeper", "sh -c 'sleep 1000 & echo $! $$ > " + pids + "; wait'"));
        Endpoint endpoint = bench.ready("sleeper");

        try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            await(() -> Files.readString(pids), text -> text.endsWith("\n"));
        }

        for (String pid : Files.readString(pids).trim().split(" ", -1)) {
            await(() -> isRunning(Long.parseLong(pid)), isRunning -> !isRunning);
        }
    }

    @Test
    void killsTheProcess_whenTheCallerLeavesWhileItsBodyIsNotRead() throws Exception {
        Path pid = Files.createFile(scratch.resolve("pid"));
        bench.deploy(function("deaf", "sh -c 'echo $$ > " + pid + "; exec sleep 1000'"));
        Endpoint endpoint = bench.ready("deaf");

        try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
            socket.getOutputStream()
                    .write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(new byte[400_000]); // more than a pipe holds
            await(() -> Files.readString(pid), text -> text.endsWith("\n"));
        }

        await(() -> isRunning(Long.parseLong(Files.readString(pid).trim())), isRunning -> !isRunning);
    }

    @Test
    void endsTheCall_whenADescendantKeepsTheOutputOpen() throws Exception {
        bench.deploy(function(
                "daemon",
                "sh -c '(sleep 0.5; echo late; sleep 86001.7) & setsid sleep 86001.8 & echo early; sleep 0.2'"));

        HttpResponse<String> answer = bench.get(bench.ready("daemon"), "/");

        assertThat(answer.body()).isEqualTo("early\nlate\n");
        await(() -> running("sleep 86001."), List::isEmpty);
    }

    @Test
    void answers408_whenTheExecTimeoutIsOver() throws Exception {
        bench.deploy(function("slow", "sleep 1000").variables(Map.of("exec_timeout", "200ms")));

        HttpResponse<String> answer = bench.get(bench.ready("slow"), "/");

        assertThat(answer.statusCode()).isEqualTo(408);
    }

    @Test
    void logsTwoLinesForEachCall() throws Exception {
        bench.deploy(function("echo", "cat"));

        bench.post(bench.ready("echo"), "/path?q", "abc");

        List<String> log = await(() -> bench.log("echo"), lines -> lines.size() == 2);
        assertThat(log.get(0)).isEqualTo("POST /path");
        assertThat(log.get(1)).matches("exit 0, 3 bytes, [0-9]+\\.[0-9]{6} s");
    }

    @Test
    void honoursVariablesOfTheWatchdog() throws Exception {
        bench.deploy(function("both", "sh -c 'echo out; echo err >&2'")
                .variables(Map.of("combine_output", "true", "content_type", "text/plain")));

        HttpResponse<String> answer = bench.get(bench.ready("both"), "/");

        assertThat(answer.body()).isEqualTo("out\nerr\n");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/plain");
    }

    @Test
    void letsCallsWait_whenAllProcessesAreTaken() throws Exception {
        bench.close();
        bench = Workbench.open(data, Map.of("SLUICE_LOCAL_CALLS_PER_FUNCTION", "2", "SLUICE_LOCAL_WAITING_CALLS", "2"));
        Path gate = Files.createFile(scratch.resolve("gate"));
        Path started = Files.createDirectory(scratch.resolve("started"));
        bench.deploy(
                function("busy", "sh -c 'touch " + started + "/$$; while [ -e " + gate + " ]; do sleep 0.05; done'"));
        Endpoint endpoint = bench.ready("busy");

        List<CompletableFuture<HttpResponse<String>>> calls = new java.util.ArrayList<>();
        for (int i = 0; i < 5; i++) {
            calls.add(bench.client()
                    .sendAsync(
                            HttpRequest.newBuilder(uri(endpoint, "/")).build(), HttpResponse.BodyHandlers.ofString()));
        }
        CompletableFuture.anyOf(calls.toArray(CompletableFuture[]::new)).join(); // the one that cannot even wait

        await(() -> started.toFile().list(), files -> files != null && files.length == 2);
        assertThat(calls.stream()
                        .filter(CompletableFuture::isDone)
                        .map(call -> call.join().statusCode()))
                .containsExactly(429);
        Files.delete(gate);
        assertThat(calls.stream().map(call -> call.join().statusCode())).containsOnlyOnce(429);
        assertThat(started.toFile().list()).hasSize(4);
    }

    static boolean isRunning(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    static List<String> running(String commandLine) {
        return ProcessHandle.allProcesses()
                .map(process -> process.info().commandLine().orElse(""))
                .filter(line -> line.contains(commandLine))
                .toList();
    }

    private static String readAnswer(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        while (!text.toString().contains("\r\n\r\n")) {
            text.append((char) in.read());
        }
        String head = text.toString().toLowerCase(java.util.Locale.ROOT);
        int length = Integer.parseInt(head.replaceAll("(?s).*content-length: ([0-9]+).*", "$1"));
        return text.append(new String(in.readNBytes(length), StandardCharsets.US_ASCII))
                .toString();
    }
}
