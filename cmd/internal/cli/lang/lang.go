// Package lang picks between English and Chinese. A text is written once, in
// both languages, where it is used.
package lang

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// The languages.
const (
	English = "en"
	Chinese = "zh"
)

// Of is the language that the locale in an environment of NAME=value entries
// asks for. The first of LC_ALL, LC_MESSAGES and LANG that is set decides.
func Of(env []string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := Lookup(env, name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), Chinese) {
				return Chinese
			}
			return English
		}
	}
	return English
}

// Lookup returns an environment variable; empty when there is none. The last
// entry of a name counts, as in a shell.
func Lookup(env []string, name string) string {
	value := ""
	for _, e := range env {
		if k, v, ok := strings.Cut(e, "="); ok && k == name {
			value = v
		}
	}
	return value
}

// Error is an error in both languages. Error() is the English one.
type Error struct {
	en, zh string
	args   []any
}

// Errorf makes an error of two formats for the same arguments. Errors among the
// arguments are shown in the language of the whole, and errors.Is finds them.
func Errorf(en, zh string, args ...any) error { return &Error{en, zh, args} }

// Both makes an error of a sentence in both languages.
func Both(en, zh string) error { return Errorf("%[1]s", "%[2]s", en, zh) }

// Error is the English message.
func (e *Error) Error() string { return e.In(English) }

// In is the message in a language.
func (e *Error) In(language string) string {
	if language == Chinese {
		return format(e.zh, e.args, language)
	}
	return format(e.en, e.args, language)
}

// format fills in arguments. Errors among them are shown in the language.
func format(form string, args []any, language string) string {
	said := make([]any, len(args))
	for i, a := range args {
		if err, ok := a.(error); ok {
			a = Message(err, language)
		}
		said[i] = a
	}
	return fmt.Sprintf(strings.ReplaceAll(form, "%w", "%v"), said...)
}

// Unwrap returns the errors among the arguments.
func (e *Error) Unwrap() []error {
	var causes []error
	for _, a := range e.args {
		if err, ok := a.(error); ok {
			causes = append(causes, err)
		}
	}
	return causes
}

// Message is the message of an error in a language, where it has one in that
// language; else its only message. The errors of the system have one.
func Message(err error, language string) string {
	switch e := err.(type) { //nolint:errorlint // what stands around an error is not to be lost
	case interface{ In(language string) string }:
		return e.In(language)
	case interface{ Chinese() (string, []any) }: // an error of package emulator or storage
		if language == Chinese {
			form, args := e.Chinese()
			return format(form, args, language)
		}
	case interface{ Unwrap() []error }:
		var english, lines []string
		for _, cause := range e.Unwrap() {
			english, lines = append(english, cause.Error()), append(lines, Message(cause, language))
		}
		if strings.Join(english, "\n") == err.Error() {
			return strings.Join(lines, "\n")
		}
	case *fs.PathError, *os.LinkError, *net.OpError, *os.SyscallError, syscall.Errno:
		if language == Chinese {
			return ofSystem(err)
		}
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil && cause.Error() == err.Error() {
			return Message(cause, language)
		}
	}
	return err.Error()
}

// ofSystem is an error of the system in Chinese: the file or the address that it is
// about, and the reason.
func ofSystem(err error) string {
	switch e := err.(type) { //nolint:errorlint // each layer is shown
	case *fs.PathError:
		return e.Path + "：" + Message(e.Err, Chinese)
	case *os.LinkError:
		return e.New + "：" + Message(e.Err, Chinese)
	case *net.OpError:
		if e.Addr != nil && e.Op == "listen" { // who connects has named the address
			return e.Addr.String() + "：" + Message(e.Err, Chinese)
		}
		return Message(e.Err, Chinese)
	case *os.SyscallError:
		return Message(e.Err, Chinese)
	}
	for _, reason := range [...]struct {
		is     error
		en, zh string // en is what Linux says
	}{
		{syscall.ENOENT, "no such file or directory", "没有这个文件或目录"},
		{syscall.EACCES, "permission denied", "没有权限"},
		{syscall.EPERM, "operation not permitted", "没有权限"},
		{syscall.ENOTDIR, "not a directory", "不是目录"},
		{syscall.EISDIR, "is a directory", "这是目录"},
		{syscall.EEXIST, "file exists", "已经存在"},
		{syscall.ENOSPC, "no space left on device", "磁盘空间不足"},
		{syscall.EROFS, "read-only file system", "文件系统是只读的"},
		{syscall.EIO, "input/output error", "读写出错"},
		{syscall.EMFILE, "too many open files", "打开的文件过多"},
		{syscall.EADDRINUSE, "address already in use", "地址已被占用"},
		{syscall.EADDRNOTAVAIL, "cannot assign requested address", "本机没有这个地址"},
		{syscall.ECONNREFUSED, "connection refused", "连接被拒绝"},
		{syscall.ECONNRESET, "connection reset by peer", "连接被重置"},
		{syscall.ETIMEDOUT, "connection timed out", "连接超时"},
	} {
		if err == reason.is { //nolint:errorlint // the innermost error
			return reason.zh
		}
	}
	return err.Error()
}
