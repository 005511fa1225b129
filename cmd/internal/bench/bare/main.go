// The bare command is the server that cosemu is compared with: a net/http server that reads each
// body, discards it and answers 200. Its argument is the address to listen on.
package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	//nolint:gosec // no timeouts: bare is the point
	log.Fatal(http.Serve(l, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	})))
}
