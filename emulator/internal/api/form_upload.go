package api

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/form"
)

// readForm reads a form up to its file, and judges what of its policy comes
// before the key pair (COS docs: POST Object). From then on the call is about
// the object that the form names.
func (e *Emulator) readForm(c *call) error {
	c.check("form")
	f, cerr := form.Read(c.http.Header.Get("Content-Type"), c.http.Body)
	if cerr != nil {
		return cerr
	}
	c.form, c.addr.Key = f, f.Key
	auth, cerr := f.Auth(c.req)
	if cerr != nil {
		c.policyProblem = form.ProblemOf(cerr)
		return cerr
	}
	c.auth = auth
	cerr = auth.CheckPolicy(c.at)
	c.policyProblem = form.ProblemOf(cerr)
	return e.refuse(c, cerr)
}

// postObject stores the file of a form (COS docs: POST Object). It streams:
// neither the file nor the form is ever held in memory.
func (e *Emulator) postObject(c *call) (*reply, error) {
	unmet := c.auth.CheckConditions(c.bucket.Name)
	if unmet != nil {
		c.policyProblem = form.ProblemOf(unmet)
	}
	if err := e.refuse(c, unmet); err != nil {
		return nil, err
	}
	header, cerr := c.form.Header()
	if cerr != nil {
		return nil, cerr
	}
	meta, err := readMetadata(c, header)
	if err != nil {
		return nil, err
	}
	// The Mini Program sends this one beside the form (cos-wx-sdk-v5 postObject).
	meta.forbidOverwrite = meta.forbidOverwrite || strings.EqualFold(first(c.http.Header, "X-Cos-Forbid-Overwrite"), "true")
	if err := checkKey(c.addr.Key); err != nil {
		return nil, err
	}
	sum, cerr := c.form.ContentMD5()
	if cerr != nil {
		return nil, cerr
	}
	pace, err := e.readTraffic(c, header)
	if err != nil {
		return nil, err
	}
	file := e.incoming(c, c.auth.LimitSize(c.form.File), pace)
	object, err := e.receive(c, &meta, body.Spec{Length: -1, MD5: sum, Limit: maxObject}, file)
	if err != nil {
		return nil, err
	}
	rep := putReply(object)
	success := c.form.Success(c.bucket.Name, c.req.Host, object.ETag)
	rep.status = success.Status
	rep.add("Location", success.Location)
	return rep, nil
}
