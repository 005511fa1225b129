package cosemutest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxListed is the most requests that a message lists.
const maxListed = 20

// arrivals lists the requests after f.After, for a message that no request matches f.
func (run *instance) arrivals(f Filter) string {
	all := run.emulator.Journal().Select(Filter{Account: f.Account, After: f.After})
	if len(all) == 0 {
		return "; no request arrived at all"
	}
	return list(all, f)
}

// list returns a colon and a line for each entry, with the fields in which it differs from f.
// entries are newest first, the lines oldest first.
func list(entries []*Entry, f Filter) string {
	var b strings.Builder
	b.WriteByte(':')
	if n := len(entries) - maxListed; n > 0 {
		fmt.Fprintf(&b, "\n  … %d earlier", n)
		entries = entries[:maxListed]
	}
	for i := len(entries) - 1; i >= 0; i-- {
		b.WriteString("\n  ")
		b.WriteString(line(entries[i]))
		if d := differences(f, entries[i]); d != "" {
			b.WriteString(" (other " + d + ")")
		}
		if text := reason(entries[i]); text != "" {
			b.WriteString("\n    " + text)
		}
	}
	return b.String()
}

// line describes a request in one line. It leaves out the query, which has the signature and the
// token.
func line(e *Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q: %s, %d", e.Request.Method, e.Bucket+"/"+e.Key, e.Verdict, e.Status)
	if e.Verdict == Reported {
		b.WriteString(", COS would refuse it with")
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " %s: %s", e.Code, e.Message)
	}
	if len(e.Diagnosis) > 0 {
		b.WriteString(" [" + strings.Join(e.Diagnosis, ",") + "]")
	}
	if e.Verdict == Accepted && e.Received > 0 {
		fmt.Fprintf(&b, ", %d bytes", e.Received)
	}
	if e.Verdict != Accepted {
		b.WriteString(", request id " + e.ID)
	}
	return b.String()
}

// reason is the sentence of the first finding, or empty.
func reason(e *Entry) string {
	if r := e.Finding; r != nil && len(r.Findings) > 0 {
		return r.Findings[0].Sentence.En
	}
	return ""
}

// criterion is a field of a filter that is not zero.
type criterion struct {
	name, value string
	alone       Filter // a filter with this field only
}

// criteria returns the fields of f that are not zero.
func criteria(f Filter) []criterion {
	var c []criterion
	add := func(set bool, name, value string, alone Filter) {
		if set {
			c = append(c, criterion{name, value, alone})
		}
	}
	add(f.Method != "", "method", f.Method, Filter{Method: f.Method})
	add(f.Bucket != "", "bucket", fmt.Sprintf("%q", f.Bucket), Filter{Bucket: f.Bucket})
	add(f.Key != "", "key", fmt.Sprintf("%q", f.Key), Filter{Key: f.Key})
	add(f.Status != 0, "status", strconv.Itoa(f.Status), Filter{Status: f.Status})
	add(f.Code != "", "code", f.Code, Filter{Code: f.Code})
	add(f.Verdict != "", "verdict", string(f.Verdict), Filter{Verdict: f.Verdict})
	add(f.Operation != "", "operation", f.Operation, Filter{Operation: f.Operation})
	add(f.Diagnosis != "", "diagnosis", f.Diagnosis, Filter{Diagnosis: f.Diagnosis})
	add(!f.Since.IsZero(), "time since", f.Since.UTC().Format(time.RFC3339), Filter{Since: f.Since})
	return c
}

// differences names the fields of f that do not match e.
func differences(f Filter, e *Entry) string {
	var names []string
	for _, c := range criteria(f) {
		if !c.alone.Match(e) {
			names = append(names, c.name)
		}
	}
	return strings.Join(names, ", ")
}

// request describes in words what f matches.
func request(f Filter) string {
	c := criteria(f)
	if len(c) == 0 {
		return "request"
	}
	words := make([]string, len(c))
	for i := range c {
		words[i] = c[i].name + " " + c[i].value
	}
	return "request with " + strings.Join(words, ", ")
}

func requests(f Filter, count int) string {
	text := request(f)
	if count != 1 {
		text = strings.Replace(text, "request", "requests", 1)
	}
	return fmt.Sprintf("%d %s", count, text)
}
