package ops

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

type condition int

const (
	conditionHolds condition = iota
	conditionFailed
	conditionNotModified
)

// checkConditions judges the four conditional headers of a download, in the
// order of RFC 9110, section 13.2.2.
func checkConditions(h http.Header, o *storage.Object) condition {
	if v := h.Get("If-Match"); v != "" {
		if !etagListed(v, o.ETag) {
			return conditionFailed
		}
	} else if t, ok := headerTime(h, "If-Unmodified-Since"); ok && modifiedAfter(o, t) {
		return conditionFailed
	}
	if v := h.Get("If-None-Match"); v != "" {
		if etagListed(v, o.ETag) {
			return conditionNotModified
		}
	} else if t, ok := headerTime(h, "If-Modified-Since"); ok && !modifiedAfter(o, t) {
		return conditionNotModified
	}
	return conditionHolds
}

func headerTime(h http.Header, name string) (time.Time, bool) {
	v := h.Get(name)
	if v == "" {
		return time.Time{}, false
	}
	t, err := http.ParseTime(v)
	return t, err == nil
}

// modifiedAfter compares in whole seconds, as headers can say no less.
func modifiedAfter(o *storage.Object, t time.Time) bool {
	return o.Modified.Truncate(time.Second).After(t)
}

func etagListed(list, etag string) bool {
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimPrefix(strings.TrimSpace(item), "W/")
		if item == "*" || strings.Trim(item, `"`) == etag {
			return true
		}
	}
	return false
}

// notModified answers 304. HEAD of it says application/xml, GET the object's
// own type (COS docs: samples of both pages). net/http strips a Content-Type
// from a 304 that is spelt so; header names have no case on the wire.
func notModified(c *call.Call, o *storage.Object) *call.Reply {
	rep := c.Reply(http.StatusNotModified)
	contentType := defaultContentType
	for _, f := range o.Header {
		if f.Name == "Content-Type" {
			contentType = f.Value
		}
	}
	if c.Op.Method == http.MethodHead {
		contentType = "application/xml"
	}
	rep.Add("content-type", contentType)
	rep.Add("ETag", `"`+o.ETag+`"`)
	rep.Add("x-cos-hash-crc64ecma", strconv.FormatUint(o.CRC64, 10))
	return rep
}

// byteRange is the part of an object that an answer holds.
type byteRange struct {
	first, length int64
	partial       bool
}

func (b byteRange) contentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", b.first, b.first+b.length-1, size)
}

// parseRange reads `Range: bytes=first-last`, an open end and a suffix
// included. What is no single byte range is passed over and the whole object
// served (choice 62); one past the end is InvalidRange.
func parseRange(h http.Header, o *storage.Object) (byteRange, error) {
	whole := byteRange{length: o.Size}
	spec, ok := strings.CutPrefix(h.Get("Range"), "bytes=")
	if !ok || strings.Contains(spec, ",") || !ifRange(h, o) {
		return whole, nil
	}
	from, to, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok {
		return whole, nil
	}
	first, hasFirst := chars.Number(from)
	last, hasLast := chars.Number(to)
	switch {
	case from == "" && hasLast: // the last n bytes
		first, last = max(0, o.Size-last), o.Size-1
	case hasFirst && to == "":
		last = o.Size - 1
	case !hasFirst || !hasLast || last < first:
		return whole, nil
	}
	if first >= o.Size || last < first {
		return whole, coserr.New(coserr.InvalidRange)
	}
	last = min(last, o.Size-1)
	return byteRange{first: first, length: last - first + 1, partial: true}, nil
}

// ifRange tells whether a Range still applies (RFC 9110, section 13.1.5).
func ifRange(h http.Header, o *storage.Object) bool {
	v := h.Get("If-Range")
	if v == "" {
		return true
	}
	if t, err := http.ParseTime(v); err == nil {
		return o.Modified.Truncate(time.Second).Equal(t)
	}
	return strings.Trim(v, `"`) == o.ETag
}
