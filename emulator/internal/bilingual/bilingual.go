// Package bilingual makes the errors that the command shows to its user: in English,
// and in Chinese for whoever asks for it.
package bilingual

import "fmt"

// Error is an error in English that can be said in Chinese.
type Error struct {
	error
	zh   string
	args []any
}

// Errorf makes an error of two formats for the same arguments. The English one is
// that of fmt.Errorf.
func Errorf(en, zh string, args ...any) error {
	return &Error{fmt.Errorf(en, args...), zh, args}
}

// Unwrap returns what fmt.Errorf makes, which wraps the causes.
func (e *Error) Unwrap() error { return e.error }

// Chinese returns the format of the Chinese message and its arguments. A cause among
// them may say itself in Chinese, too.
func (e *Error) Chinese() (format string, args []any) { return e.zh, e.args }
