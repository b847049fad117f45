vcl 4.1;
# A shared cache as sites set it up that want speed: pages are looked up although a cookie came with the request.
# What the server forbids to keep is not kept, and Vary counts. Two misses at once become one request by themselves.

backend server { .host = "@host@"; .port = "@behind@"; }

sub vcl_recv {
    if (req.method != "GET" && req.method != "HEAD") { return (pass); }
    set req.http.X-Forwarded-For = client.ip;
    return (hash);
}

sub vcl_backend_response {
    if (bereq.uncacheable || beresp.http.Cache-Control ~ "(?i)no-store|no-cache|private" || beresp.http.Vary == "*") {
        set beresp.uncacheable = true;
        set beresp.ttl = 0s;
    } elsif (beresp.status != 200 && beresp.status != 301) {
        set beresp.uncacheable = true;
    } elsif (!beresp.http.Cache-Control) {
        set beresp.ttl = 10m; # a "heuristic", RFC 9111, 4.2.2
    }
    return (deliver);
}

sub vcl_deliver {
    set resp.http.X-Cache = "MISS";
    if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; }
}
