package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/config"
	"github.com/cosemu/cosemu/signer"
)

// requests makes signed requests as bytes, before the time is measured.
type requests struct {
	key    signer.Credentials
	bucket string
	start  time.Time
}

func newRequests() requests {
	return requests{
		key:    signer.Credentials{SecretID: config.DefaultSecretID, SecretKey: config.DefaultSecretKey},
		bucket: config.DefaultBucket,
		start:  time.Now().Add(-time.Minute),
	}
}

const region = "ap-guangzhou"

// host is the name of the bucket's host in the cloud.
func (q requests) host() string { return q.bucket + ".cos." + region + ".myqcloud.com" }

// head returns the head of a pre-signed request as a plain HTTP client sends it.
func (q requests) head(method, key string, query map[string][]string, length int64) ([]byte, error) {
	p, err := signer.Presign(signer.PresignInput{
		Credentials: q.key, Method: method, Scheme: "http", Bucket: q.bucket, Region: region,
		Key: key, Query: query, Start: q.start, Expires: time.Hour,
	})
	if err != nil {
		return nil, err
	}
	host := q.host()
	b := make([]byte, 0, 640)
	b = append(b, method+" "+p.URL[len("http://")+len(host):]+" HTTP/1.1\r\nHost: "+host+"\r\nUser-Agent: cosemu-bench\r\nAccept: */*\r\n"...)
	if method == http.MethodPut {
		b = append(b, "Content-Type: application/octet-stream\r\nContent-Length: "...)
		b = append(strconv.AppendInt(b, length, 10), "\r\n"...)
	}
	return append(b, "\r\n"...), nil
}

// uploads returns n uploads of body with new keys.
func (q requests) uploads(prefix string, n int, body []byte) ([][]byte, error) {
	all := make([][]byte, n)
	for i := range all {
		head, err := q.head(http.MethodPut, fmt.Sprintf("%s%07d", prefix, i), nil, int64(len(body)))
		if err != nil {
			return nil, err
		}
		all[i] = append(head, body...)
	}
	return all, nil
}

// connection is a keep-alive connection.
type connection struct {
	conn net.Conn
	r    *bufio.Reader
}

func dial(ctx context.Context, addr string) (*connection, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &connection{conn: conn, r: bufio.NewReaderSize(conn, 16<<10)}, nil
}

func (c *connection) close() { _ = c.conn.Close() }

// do sends a request and reads the answer. Its body goes to sink, if sink is not nil.
func (c *connection) do(request []byte, sink io.Writer) (status int, err error) {
	if _, err := c.conn.Write(request); err != nil {
		return 0, err
	}
	return c.answer(sink)
}

func (c *connection) answer(sink io.Writer) (status int, err error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, fmt.Errorf("an answer that begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, err
	}
	length := int64(0)
	for {
		line, err = c.r.ReadSlice('\n')
		if err != nil {
			return status, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			return status, fmt.Errorf("status %d, with a body of unknown length", status)
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return status, err
			}
		}
	}
	if sink == nil {
		sink = io.Discard
	}
	_, err = io.CopyN(sink, c.r, length)
	return status, err
}
