// Command neighbour runs in another container on cosemu's network. It is linked
// statically, so it runs in an image without a C library:
//
//	neighbour METHOD URL [BODY]   send one request, print its status and body
//	neighbour owners DIR          print owner, group, mode and path of each file
//	neighbour wait                do nothing
//
// It reads http_proxy, https_proxy and SSL_CERT_FILE.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out io.Writer, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "wait":
		end := make(chan os.Signal, 1)
		signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
		<-end
		return nil
	case len(args) == 2 && args[0] == "owners":
		return owners(out, args[1])
	case len(args) == 2 || len(args) == 3:
		return send(out, args[0], args[1], strings.Join(args[2:], ""))
	}
	return fmt.Errorf("unknown arguments %q", args)
}

// send follows no redirect: it prints the first status.
func send(out io.Writer, method, url, body string) error {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := fmt.Fprintln(out, answer.StatusCode); err != nil {
		return err
	}
	_, err = io.Copy(out, answer.Body)
	return err
}

func owners(out io.Writer, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return fmt.Errorf("%s: no owner", path)
		}
		_, err = fmt.Fprintln(out, owner.Uid, owner.Gid, info.Mode(), path)
		return err
	})
}
