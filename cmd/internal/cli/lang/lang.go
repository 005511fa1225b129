// Package lang picks between English and Chinese. A text is written once, in
// both languages, where it is used.
package lang

import (
	"fmt"
	"strings"
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

// Error is the English message.
func (e *Error) Error() string { return e.In(English) }

// In is the message in a language.
func (e *Error) In(language string) string {
	format := e.en
	if language == Chinese {
		format = e.zh
	}
	args := make([]any, len(e.args))
	for i, a := range e.args {
		if err, ok := a.(error); ok {
			a = Message(err, language)
		}
		args[i] = a
	}
	return fmt.Sprintf(format, args...)
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
// language; else its only message.
func Message(err error, language string) string {
	switch e := err.(type) { //nolint:errorlint // what stands around an error is not to be lost
	case interface{ In(language string) string }:
		return e.In(language)
	case interface{ Unwrap() []error }:
		var english, lines []string
		for _, cause := range e.Unwrap() {
			english, lines = append(english, cause.Error()), append(lines, Message(cause, language))
		}
		if strings.Join(english, "\n") == err.Error() {
			return strings.Join(lines, "\n")
		}
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil && cause.Error() == err.Error() {
			return Message(cause, language)
		}
	}
	return err.Error()
}
