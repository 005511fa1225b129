// Command faultdriver does what its caller asks for with the Go SDK as its documentation sets it
// up, so that the caller can count what the SDK sends. The caller plans the faults.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/tencentyun/cos-go-sdk-v5"
)

func main() {
	if err := drive(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// drive reads lines of an operation, a key and a size, and answers each with ok or the error.
func drive() error {
	u, err := cos.NewBucketURL(os.Getenv("COSEMU_BUCKET"), os.Getenv("COSEMU_REGION"), false)
	if err != nil {
		return err
	}
	client := cos.NewClient(&cos.BaseURL{BucketURL: u}, &http.Client{Transport: &cos.AuthorizationTransport{
		SecretID: os.Getenv("COSEMU_SECRET_ID"), SecretKey: os.Getenv("COSEMU_SECRET_KEY"),
	}})
	caller, err := net.Dial("tcp", os.Getenv("COSEMU_FAULT_CALLER"))
	if err != nil {
		return err
	}
	defer caller.Close()
	lines := bufio.NewScanner(caller)
	for lines.Scan() {
		word := strings.Fields(lines.Text())
		size, err := strconv.Atoi(word[2])
		if err != nil {
			return err
		}
		answer := "ok"
		if err := do(client, word[0], word[1], size); err != nil {
			answer = strings.Join(strings.Fields(err.Error()), " ")
		}
		if _, err := fmt.Fprintln(caller, answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func do(c *cos.Client, operation, key string, size int) error {
	ctx, body := context.Background(), bytes.Repeat([]byte("c"), size)
	switch operation {
	case "put":
		_, err := c.Object.Put(ctx, key, bytes.NewReader(body), nil)
		return err
	case "get":
		resp, err := c.Object.Get(ctx, key, nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if err == nil && !bytes.Equal(got, body) {
			err = fmt.Errorf("changed unnoticed")
		}
		return err
	case "head":
		_, err := c.Object.Head(ctx, key, nil)
		return err
	case "list":
		_, _, err := c.Bucket.Get(ctx, &cos.BucketGetOptions{Prefix: key})
		return err
	case "upload":
		file, err := os.CreateTemp("", "")
		if err != nil {
			return err
		}
		defer os.Remove(file.Name())
		if _, err := file.Write(body); err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
		_, _, err = c.Object.Upload(ctx, key, file.Name(), &cos.MultiUploadOptions{PartSize: 1, ThreadPoolSize: 1, CheckPoint: true})
		return err
	}
	return fmt.Errorf("unknown operation %s", operation)
}
