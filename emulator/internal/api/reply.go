package api

import (
	"net/http"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/dialect"
)

// answer writes the reply, the headers that every answer carries included, and
// returns the number of body bytes that went out.
func answer(w http.ResponseWriter, env *call.Env, c *call.Call, rep *call.Reply) int64 {
	h := w.Header()
	requestID := c.ID.String()
	c.Entry.ID = requestID
	values := make([]string, 0, 6+len(rep.Header)) // all in one piece
	set := func(name, value string) {
		n := len(values)
		values = append(values, value)
		h[name] = values[n : n+1 : n+1]
	}
	set("Server", "tencent-cos")
	set("Date", env.Date(c.Account))
	if rep.Err == nil || !rep.Err.WithoutIDs {
		set("x-cos-request-id", requestID)
	}
	if c.Out.Reported != nil {
		set("x-cosemu-verdict", strconv.Itoa(c.Out.Reported.Status)+" "+string(c.Out.Reported.Code))
	}
	if c.Out.Diagnosis != "" {
		set("x-cosemu-diagnosis", c.Out.Diagnosis)
	}
	for _, f := range rep.Header {
		if old, twice := h[f.Name]; twice {
			h[f.Name] = append(old, f.Value)
		} else {
			set(f.Name, f.Value)
		}
	}
	if c.S3 {
		addS3Names(h)
	}
	doc := rep.Body
	if rep.Err != nil {
		doc = errorDocument(h, c, rep.Err, requestID)
		c.Entry.Document = doc
	}
	switch {
	case rep.Stream != nil:
		defer rep.Stream.Close()
		set("Content-Length", strconv.FormatInt(rep.Size, 10))
	case rep.Status != http.StatusNoContent && rep.Status != http.StatusNotModified:
		set("Content-Length", strconv.Itoa(len(doc)))
	}
	w.WriteHeader(rep.Status)
	if rep.Stream != nil {
		return sendStream(w, env, c, rep)
	}
	return sendDocument(w, c, doc)
}

// addS3Names adds the names that an S3 client reads.
func addS3Names(h http.Header) {
	for name, values := range h {
		if twin, ok := dialect.AnswerName(name); ok {
			h[twin] = []string{dialect.AnswerValue(twin, values[0])}
		}
	}
}

// errorDocument sets the headers of an error and builds its XML, which HEAD
// and 304 do not carry: there the code and the message travel in headers
// (choice 295).
func errorDocument(h http.Header, c *call.Call, err *coserr.Error, requestID string) []byte {
	traceID := c.ID.TraceID()
	h["Content-Type"] = []string{"application/xml"}
	if !err.WithoutIDs {
		h["x-cos-trace-id"] = []string{traceID}
	}
	if err.StorageClass != "" {
		h["x-cos-storage-class"] = []string{err.StorageClass}
	}
	if c.HTTP.Method == http.MethodHead {
		h["x-cos-error-code"] = []string{string(err.Code)}
		h["x-cos-error-message"] = []string{coserr.HeaderText(err.Message)}
		return nil
	}
	return err.AppendXML(nil, requestID, traceID)
}

func sendDocument(w http.ResponseWriter, c *call.Call, doc []byte) int64 {
	if len(doc) == 0 || c.HTTP.Method == http.MethodHead {
		return 0
	}
	n, _ := w.Write(doc)
	return int64(n)
}

func sendStream(w http.ResponseWriter, env *call.Env, c *call.Call, rep *call.Reply) int64 {
	switch {
	case c.HTTP.Method == http.MethodHead || rep.Size == 0:
		return 0
	case rep.Pace != nil || env.CutsAtExpiry(c):
		return sendPieces(w, env, c, rep)
	}
	n, _ := rep.Stream.CopyN(w, rep.Size)
	return n
}

// sendPieces sends a body in pieces. Between two of them it keeps to the pace, and
// stops when the signature has expired. After a body that is too short net/http ends
// the connection.
func sendPieces(w http.ResponseWriter, env *call.Env, c *call.Call, rep *call.Reply) (sent int64) {
	piece := int64(call.MaxPiece)
	if rep.Pace != nil {
		piece = int64(rep.Pace.Piece)
	}
	for sent < rep.Size {
		next := min(piece, rep.Size-sent)
		if rep.Pace != nil && rep.Pace.Pass(int(next)) != nil {
			break
		}
		if env.CutsAtExpiry(c) && env.CutNow(c) != nil {
			break
		}
		n, err := rep.Stream.CopyN(w, next)
		sent += n
		if err != nil {
			break
		}
	}
	return sent
}
