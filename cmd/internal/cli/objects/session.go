// Package objects holds the commands put, get, ls, rm and cp: they move objects to, from and within
// a running server, through its COS port.
package objects

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/cosemu/cosemu/cmd/internal/cli/cosclient"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
	"github.com/cosemu/cosemu/signer"
)

// ServerFlags say which server the commands work with, and as whom.
type ServerFlags struct {
	SecretID string `name:"secret-id" help:"Key pair to sign with (default: that of $$COS_SECRET_ID for its account, else the first configured one of the bucket's account). Its SecretKey comes from $$COSEMU_SECRET_KEY, else from the configuration; never from a flag." placeholder:"ID" zh:"签名所用密钥的 SecretId（默认为该账号在 $$COS_SECRET_ID 中的密钥，否则为存储桶所属账号的第一个密钥）。SecretKey 取自 $$COSEMU_SECRET_KEY，否则取自配置；不能用选项给出。"`
	JSON     bool   `name:"json" help:"Print a line of JSON for each object." group:"show" zh:"每个对象输出一行 JSON。"`
}

// Session is what a command works with.
type Session struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Say returns the text of the user's language.
	Say func(en, zh string) string
	// Terminal is stderr, if a person reads it there; else nil.
	Terminal *os.File
	// OnScreen reports whether stdout is a terminal.
	OnScreen bool
	// Ask asks the person at the terminal a question that "y" answers. False without one.
	Ask func(question string) bool
	// Asks reports whether there is a person to ask.
	Asks bool
	// Bucket completes the name of a bucket that lacks its APPID.
	Bucket func(name string) string
	// Connect returns the client for a bucket's account.
	Connect func(ctx context.Context, bucket, secretID string) (*cosclient.Client, error)
	// Context ends when the user interrupts.
	Context context.Context //nolint:containedctx // a session is one run of a command
}

// errSome ends a command that has already printed what failed.
var errSome = lang.Errorf("not everything could be done", "部分操作未能完成")

// usageError is a mistake in the arguments.
type usageError struct{ error }

// Misuse marks the error as one of the arguments.
func (usageError) Misuse() {}

// Unwrap returns what is wrong.
func (e usageError) Unwrap() error { return e.error }

func misused(en, zh string, args ...any) error { return usageError{lang.Errorf(en, zh, args...)} }

// A place is a bucket with a key or a prefix.
type place struct {
	cosclient.Place
	text string // as it was written
}

// place reads a path such as photos/a/b.txt or cos://photos-1250000000/a/b.txt.
func (s *Session) place(text string) (place, error) {
	rest := strings.TrimPrefix(text, "cos://")
	bucket, key, _ := strings.Cut(rest, "/")
	if bucket == "" {
		return place{}, misused("%q is no bucket path: want one such as photos/a.txt or cos://photos-1250000000/a.txt",
			"%q 不是存储桶路径：应形如 photos/a.txt 或 cos://photos-1250000000/a.txt", text)
	}
	return place{cosclient.Place{Bucket: s.Bucket(bucket), Key: key}, text}, nil
}

// folder is the prefix of all that lies below a place: the bucket's whole content, or a key with a
// slash at its end.
func (p *place) folder() string {
	if p.Key == "" || strings.HasSuffix(p.Key, "/") {
		return p.Key
	}
	return p.Key + "/"
}

// name is how an object is shown.
func name(bucket, key string) string { return view.Line(bucket + "/" + key) }

// A line is what is printed of an object as JSON.
type line struct {
	Action    string     `json:"action,omitempty"`
	Bucket    string     `json:"bucket"`
	Key       string     `json:"key,omitempty"`
	Prefix    string     `json:"prefix,omitempty"`
	Region    string     `json:"region,omitempty"`
	From      string     `json:"from,omitempty"`
	File      string     `json:"file,omitempty"`
	Size      *int64     `json:"size,omitempty"`
	ETag      string     `json:"etag,omitempty"`
	Modified  *time.Time `json:"modified,omitempty"`
	Class     string     `json:"storage_class,omitempty"`
	VersionID string     `json:"version_id,omitempty"`
	Created   *time.Time `json:"created,omitempty"`
}

func (s *Session) json(l *line) error {
	l.ETag = strings.Trim(l.ETag, `"`)
	e := json.NewEncoder(s.Stdout)
	e.SetEscapeHTML(false)
	return e.Encode(l)
}

func (s *Session) print(format string, args ...any) error {
	_, err := fmt.Fprintf(s.Stdout, format, args...)
	return err
}

// warn prints what failed for one of several objects.
func (s *Session) warn(err error) {
	for text := range strings.SplitSeq(lang.Message(err, s.Say(lang.English, lang.Chinese)), "\n") {
		_, _ = fmt.Fprintln(s.Stderr, "cosemu: "+view.Line(text)) // if stderr fails, nobody can be told
	}
}

// failure is the error of a request, with the way to its reason.
func failure(err error) error {
	if down, ok := errors.AsType[*net.OpError](err); ok && down.Op == "dial" {
		return lang.Errorf("no cosemu answers at %s: %v; start one with cosemu, or say with --listen where its API is",
			"%s 上没有 cosemu 响应：%v；请运行 cosemu 启动一个，或用 --listen 指明 API 的地址", down.Addr, down.Err)
	}
	e, ok := errors.AsType[*signer.Error](err)
	if !ok || e.RequestID == "" {
		return err
	}
	what := e.Code
	if e.Message != "" {
		what += ": " + e.Message
	}
	return lang.Errorf("%s: %d %s\nWhy: cosemu why %s", "%s：%d %s\n原因：cosemu why %s",
		view.Line(e.Op), e.Status, view.Line(what), view.Line(e.RequestID))
}

// bar shows on a terminal how far one transfer is.
func (s *Session) bar(size int64, what string) (tell func(int64), done func()) {
	if s.Terminal == nil {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(s.Terminal), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(view.Line(what)), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionUseIECUnits(true))
	return func(n int64) { _ = bar.Add64(n) }, // a bar that cannot be drawn is no failure
		func() {
			_ = bar.Finish()
			_ = bar.Clear()
		}
}
