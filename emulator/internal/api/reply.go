package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// reply is what an operation wants to answer. Handlers return it; answer is
// the only place that writes to a client.
type reply struct {
	status int
	header []storage.Field
	body   []byte          // an XML document, or
	stream *storage.Reader // an object's bytes, size of them
	size   int64
	pace   *traffic      // how fast the bytes go; nil: as they can
	err    *coserr.Error // set on refusals

	room [8]storage.Field // for header: a slice that grows costs as much as the rest
}

func (r *reply) add(name, value string) {
	if r.header == nil {
		r.header = r.room[:0]
	}
	r.header = append(r.header, storage.Field{Name: name, Value: value})
}

// xmlReply answers 200 with a document.
func xmlReply(doc []byte) *reply {
	r := &reply{status: http.StatusOK, body: doc}
	r.add("Content-Type", "application/xml")
	return r
}

// refusal turns any error on the way into the answer that tells of it. What is
// no COS error by itself and no state of the storage is an InternalError, its
// cause kept for the log.
func (c *call) refusal(err error) *reply {
	var ce *coserr.Error
	if !errors.As(err, &ce) {
		ce = storageError(err)
	}
	if ce.Resource == "" {
		ce = ce.WithResource(c.resource())
	}
	return &reply{status: ce.Status, err: ce}
}

func storageError(err error) *coserr.Error {
	for _, known := range []struct {
		is   error
		code coserr.Code
	}{
		{storage.ErrNoBucket, coserr.NoSuchBucket},
		{storage.ErrNoObject, coserr.NoSuchKey},
		{storage.ErrNoVersion, coserr.NoSuchVersion},
		{storage.ErrDeleteMarker, coserr.NoSuchKey}, // choice 207
		{storage.ErrNoUpload, coserr.NoSuchUpload},
		{storage.ErrNoPart, coserr.InvalidPart},
		{storage.ErrObjectExists, coserr.FileAlreadyExists},
		{storage.ErrBucketNotEmpty, coserr.BucketNotEmpty},
	} {
		if errors.Is(err, known.is) {
			return coserr.New(known.code)
		}
	}
	if errors.Is(err, storage.ErrMemory) {
		return coserr.New(coserr.ServiceUnavailable).WithMessage(memoryUsedUp).WithCause(err) // choice 320
	}
	return coserr.New(coserr.InternalError).WithCause(err)
}

// memoryUsedUp is what an upload is told for which max_memory has no room.
const memoryUsedUp = "cosemu keeps objects in memory, and max_memory is used up. " +
	"Delete objects, start it with a higher --max-memory, or keep them in a folder with --data."

// answer writes the reply, the headers that every answer carries included, and
// returns the number of body bytes that went out.
func (e *Emulator) answer(w http.ResponseWriter, c *call, rep *reply) int64 {
	h := w.Header()
	requestID := c.id.String()
	c.entry.ID = requestID
	values := make([]string, 0, 5+len(rep.header)) // all in one piece
	set := func(name, value string) {
		n := len(values)
		values = append(values, value)
		h[name] = values[n : n+1 : n+1]
	}
	set("Server", "tencent-cos")
	set("Date", e.clock.Now().UTC().Format(http.TimeFormat))
	set("x-cos-request-id", requestID)
	if c.reported != nil {
		set("x-cosemu-verdict", strconv.Itoa(c.reported.Status)+" "+string(c.reported.Code))
	}
	if c.diagnosis != "" {
		set("x-cosemu-diagnosis", c.diagnosis)
	}
	for _, f := range rep.header {
		if old, twice := h[f.Name]; twice {
			h[f.Name] = append(old, f.Value)
		} else {
			set(f.Name, f.Value)
		}
	}
	doc := rep.body
	if rep.err != nil {
		doc = errorDocument(h, c, rep.err, requestID)
		c.entry.Document = doc
	}
	if rep.stream != nil {
		defer rep.stream.Close()
		h["Content-Length"] = []string{strconv.FormatInt(rep.size, 10)}
		w.WriteHeader(rep.status)
		return e.sendStream(w, c, rep)
	}
	return writeDocument(w, c, rep.status, doc)
}

// errorDocument sets the headers of an error and builds its XML, which HEAD
// and 304 do not carry: there the code and the message travel in headers
// (choice 295).
func errorDocument(h http.Header, c *call, err *coserr.Error, requestID string) []byte {
	traceID := c.id.TraceID()
	h["Content-Type"] = []string{"application/xml"}
	h["x-cos-trace-id"] = []string{traceID}
	if err.StorageClass != "" {
		h["x-cos-storage-class"] = []string{err.StorageClass}
	}
	if c.http.Method == http.MethodHead {
		h["x-cos-error-code"] = []string{string(err.Code)}
		h["x-cos-error-message"] = []string{coserr.HeaderText(err.Message)}
		return nil
	}
	return err.AppendXML(nil, requestID, traceID)
}

func writeDocument(w http.ResponseWriter, c *call, status int, doc []byte) int64 {
	if status != http.StatusNoContent && status != http.StatusNotModified {
		w.Header()["Content-Length"] = []string{strconv.Itoa(len(doc))}
	}
	w.WriteHeader(status)
	if len(doc) == 0 || c.http.Method == http.MethodHead {
		return 0
	}
	n, _ := w.Write(doc)
	return int64(n)
}

func (e *Emulator) sendStream(w http.ResponseWriter, c *call, rep *reply) int64 {
	switch {
	case c.http.Method == http.MethodHead || rep.size == 0:
		return 0
	case rep.pace != nil || e.cutsAtExpiry(c):
		return e.sendPieces(w, c, rep)
	}
	n, _ := rep.stream.CopyN(w, rep.size)
	return n
}

// sendPieces looks at the time between the pieces of a body. What ends early
// ends the connection, as less came than Content-Length says.
func (e *Emulator) sendPieces(w http.ResponseWriter, c *call, rep *reply) (sent int64) {
	piece := int64(maxTrafficPiece)
	if rep.pace != nil {
		piece = int64(rep.pace.piece)
	}
	for sent < rep.size {
		next := min(piece, rep.size-sent)
		if rep.pace != nil && rep.pace.pass(int(next)) != nil {
			break
		}
		if e.cutsAtExpiry(c) && e.refuse(c, e.lapsed(c)) != nil {
			break
		}
		n, err := rep.stream.CopyN(w, next)
		sent += n
		if err != nil {
			break
		}
	}
	return sent
}
