package sluice.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** nginx with one worker, keep-alive on both sides and buffers that hold the largest answer. */
final class Nginx implements Peer {
    private final Optional<Path> program = Programs.find("nginx");

    @Override
    public String name() {
        return "nginx";
    }

    @Override
    public String remedy() {
        return program.isPresent() ? "" : "apt-get install nginx-light";
    }

    @Override
    public String version() throws IOException {
        return Programs.firstLine(program.orElseThrow().toString(), "-v").replace("nginx version: ", "");
    }

    @Override
    public String setup() {
        return "1 worker, proxy_buffering on, proxy_buffers 16 x 64k (the best it does for large bodies); events unbuffered,"
                + " large uploads unbuffered, no access log";
    }

    @Override
    public boolean needsWarmUp() {
        return false;
    }

    @Override
    public List<String> command(Path dir, int port, int upstreamPort) throws IOException {
        Path config = Files.writeString(dir.resolve("nginx.conf"), config(port, upstreamPort));
        String root = dir.toString() + "/";
        return List.of(program.orElseThrow().toString(), "-p", root, "-c", config.toString(), "-e", root + "error.log");
    }

    /** Started by root, a worker would take another user, who may not write the directories of this run. */
    private static String user() {
        return "root".equals(System.getProperty("user.name")) ? "user root;" : "";
    }

    private static String config(int port, int upstreamPort) {
        return """
                %s
                daemon off;
                worker_processes 1;
                pid nginx.pid;
                events { worker_connections 16384; }
                http {
                    access_log off;
                    keepalive_timeout 300s;
                    keepalive_requests 1000000000;
                    client_body_buffer_size 64k;
                    client_max_body_size 0;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    upstream up {
                        server 127.0.0.1:%d;
                        keepalive 10000;
                        keepalive_timeout 300s;
                        keepalive_requests 1000000000;
                    }
                    server {
                        listen 127.0.0.1:%d backlog=4096;
                        proxy_http_version 1.1;
                        proxy_buffering on;
                        proxy_buffer_size 64k;
                        proxy_buffers 16 64k;
                        proxy_busy_buffers_size 512k;
                        proxy_max_temp_file_size 0;
                        location /function/up/ {
                            proxy_pass http://up/;
                            proxy_set_header Connection "";
                            proxy_set_header Host $host;
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        }
                        location /function/up/up {
                            proxy_pass http://up/up;
                            proxy_set_header Connection "";
                            proxy_set_header Host $host;
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                            proxy_request_buffering off;
                            client_body_buffer_size 256k;
                        }
                        location /function/up/sse {
                            proxy_pass http://up/sse;
                            proxy_set_header Connection "";
                            proxy_set_header Host $host;
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                            proxy_buffering off;
                            proxy_read_timeout 2h;
                        }
                        location /function/up/ws {
                            proxy_pass http://up/ws;
                            proxy_set_header Connection upgrade;
                            proxy_set_header Upgrade $http_upgrade;
                            proxy_set_header Host $host;
                            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                        }
                    }
                }
                """.formatted(user(), upstreamPort, port);
    }
}
