package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A sender opens a keep-alive connection. The returned function send sends a request and returns
// the status of the answer.
type sender func(ctx context.Context, addr string) (send func(request []byte) (status int, err error), end func(), err error)

// raw does little more than the system calls, so that mainly the server is measured.
func raw(ctx context.Context, addr string) (func([]byte) (int, error), func(), error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return nil, nil, err
	}
	return func(request []byte) (int, error) { return c.do(request, nil) }, c.close, nil
}

// client sends by http.Client, as Go programs do. Its own work is about that of the bare server,
// and counts on both sides of a ratio.
func client(ctx context.Context, addr string) (func([]byte) (int, error), func(), error) {
	t := &http.Transport{MaxIdleConnsPerHost: 1, DisableCompression: true}
	c := &http.Client{Transport: t}
	return func(request []byte) (int, error) {
		head, body, _ := bytes.Cut(request, []byte("\r\n\r\n"))
		line, fields, _ := strings.Cut(string(head), "\r\n")
		method, rest, _ := strings.Cut(line, " ")
		target, _, _ := strings.Cut(rest, " ")
		r, err := http.NewRequestWithContext(ctx, method, "http://"+addr+target, bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		for field := range strings.SplitSeq(fields, "\r\n") {
			switch name, value, _ := strings.Cut(field, ": "); name {
			case "Host":
				r.Host = value
			case "Content-Length": // it is set with the body
			default:
				r.Header.Set(name, value)
			}
		}
		answer, err := c.Do(r)
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		return answer.StatusCode, errors.Join(err, answer.Body.Close())
	}, t.CloseIdleConnections, nil
}

// rate sends all requests over conns connections and returns the requests per second. Any status
// but 2xx is an error.
func rate(ctx context.Context, open sender, addr string, conns int, all [][]byte) (perSecond float64, _ error) {
	work := make([]func() error, conns)
	var ends []func()
	defer func() {
		for _, end := range ends {
			end()
		}
	}()
	for i := range work {
		send, end, err := open(ctx, addr)
		if err != nil {
			return 0, err
		}
		ends = append(ends, end)
		part := all[i*len(all)/conns : (i+1)*len(all)/conns]
		work[i] = func() error {
			for _, request := range part {
				if status, err := send(request); err != nil || status/100 != 2 {
					return errors.Join(fmt.Errorf("status %d", status), err)
				}
			}
			return nil
		}
	}
	failed := make([]error, conns)
	var running sync.WaitGroup
	began := time.Now()
	for i, run := range work {
		running.Go(func() { failed[i] = run() })
	}
	running.Wait()
	took := time.Since(began)
	return float64(len(all)) / took.Seconds(), errors.Join(failed...)
}
